// Steps through the passes of a graph: lights up boxes and edges of a picture, one step at a time.

import { Controls } from "./controls.js";
import { Picture } from "./picture.js";

const tables = JSON.parse(document.getElementById("tables").textContent);
const homes = [...document.querySelectorAll(".picture")];
new Controls(homes.map((home, i) => new Picture(home, tables[i])));
