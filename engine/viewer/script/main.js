// Steps through the passes of a graph: lights up boxes and edges of a picture, one step at a time.

import { Controls } from "./controls.js";
import { Editing } from "./editing.js";
import { findByName, name } from "./finding.js";
import { Live } from "./live.js";
import { Picture } from "./picture.js";

const tables = JSON.parse(document.getElementById("tables").textContent);
const homes = [...document.querySelectorAll(".picture")];
const pictures = homes.map((home, i) => new Picture(home, tables[i]));
const controls = new Controls(pictures);
const changed = () => {
  controls.go(controls.position);
  name(pictures);
};
name(pictures);
new Editing(new Live(tables[0].graph, pictures), changed);
findByName(tables[0].graph, controls);
