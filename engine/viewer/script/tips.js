// What a box or an edge tells while the pointer is on it.

export function tellOnHover(svg, tips) {
  const tip = document.getElementById("tip");
  svg.addEventListener("mousemove", (event) => {
    const text = tips[event.target.closest(".node, .edge")?.id];
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    tip.style.left = `${Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)}px`;
    tip.style.top = `${Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8)}px`;
  });
  svg.addEventListener("mouseleave", () => {
    tip.hidden = true;
  });
}
