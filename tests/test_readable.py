"""The picture of every kind of network can be read, as a browser shows it at 100 %."""

import networks
import pytest
from graphs import needs_graphviz

from engine import draw

MEASURE = """
const svg = document.querySelector('svg');
const scale = svg.querySelector('.graph').getScreenCTM().a;
const box = e => {
  const r = e.getBoundingClientRect();
  return [r.left, r.top, r.right, r.bottom];
};
const overlap = (a, b, slack) => a[0] + slack < b[2] && b[0] + slack < a[2]
  && a[1] + slack < b[3] && b[1] + slack < a[3];
const texts = [...svg.querySelectorAll('text')];
const grounds = [...svg.querySelectorAll('.node')].map(
  n => [n, box(n.querySelector('path, polygon'))]);
const labels = [...svg.querySelectorAll('.edge text')];
const places = labels.map(label => [label, box(label)]);
const struck = [];
for (const path of svg.querySelectorAll('.edge path')) {
  const length = path.getTotalLength(), ctm = path.getScreenCTM();
  const half = (path.getAttribute('stroke-width') ?? 1) * ctm.a / 2;
  for (let at = 0; at <= length; at += 1) {
    const p = path.getPointAtLength(at).matrixTransform(ctm);
    for (const [label, [left, top, right, bottom]] of places) {
      const lean = (bottom - top) * 0.22;  // above and below the digits
      if (left < p.x + half && p.x - half < right && top + lean < p.y + half
          && p.y - half < bottom - lean) struck.push(label.textContent);
    }
  }
}
const colour = words => {
  const canvas = document.createElement('canvas').getContext('2d');
  canvas.fillStyle = words; canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const luminance = words => {
  const [r, g, b] = colour(words).slice(0, 3).map(x => x / 255)
    .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const shapes = [...svg.querySelectorAll('path, polygon')].filter(e => !e.closest('.edge'))
  .map(shape => [shape, box(shape), getComputedStyle(shape).fill])
  .filter(([, [l, t, r, b], fill]) => r - l > 16 && b - t > 10 && fill !== 'none'
    && colour(fill)[3]);
const contrast = text => {
  const [left, top, right, bottom] = box(text);
  const middle = [(left + right) / 2, (top + bottom) / 2];
  let ground = 'white';
  for (const [shape, [l, t, r, b], fill] of shapes) {
    if (text.compareDocumentPosition(shape) & Node.DOCUMENT_POSITION_FOLLOWING) break;
    if (l <= middle[0] && middle[0] <= r && t <= middle[1] && middle[1] <= b) ground = fill;
  }
  const [low, high] = [luminance(getComputedStyle(text).fill), luminance(ground)]
    .sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
return {
  width: svg.getBoundingClientRect().width,
  height: svg.getBoundingClientRect().height,
  smallest: Math.min(...texts.map(t => Number(t.getAttribute('font-size')) * scale)),
  struck: [...new Set(struck)],
  boxes: grounds.flatMap(([n, a], i) => grounds.slice(i + 1).filter(([m, b]) => overlap(a, b, 1))
    .map(([m]) => n.id + ' ' + m.id)),
  covered: labels.filter(t => grounds.some(([n, a]) => overlap(box(t), a, 1)))
    .map(t => t.textContent),
  crowded: labels.flatMap((t, i) => labels.slice(i + 1).filter(u => overlap(box(t), box(u), 3))
    .map(u => t.textContent + ' ' + u.textContent)),
  contrast: Math.min(...texts.map(contrast)),
  outside: texts.filter(t => { const [l, u, r, b] = box(t), s = svg.getBoundingClientRect();
    return l < s.left - 1 || r > s.right + 1 || u < s.top - 1 || b > s.bottom + 1; })
    .map(t => t.textContent),
  labels: labels.length,
};
"""


def measured(browser, drawing, tmp_path):
    svg = drawing.save(tmp_path / "picture.svg").read_text("utf-8")
    page = tmp_path / "page.html"
    style = "<!DOCTYPE html><meta charset='utf-8'><style>body{margin:0}svg{display:block}</style>"
    page.write_text(style + svg[svg.index("<svg") :], "utf-8")
    browser.get(page.as_uri())
    return browser.execute_script(MEASURE)


FAULTS = ("struck", "boxes", "covered", "crowded", "outside")


@needs_graphviz
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", networks.NETWORKS)
def test_the_picture_can_be_read(browser, tmp_path, name, theme):
    graph = networks.NETWORKS[name]()
    seen = measured(browser, draw(graph.output, model=graph.model, theme=theme), tmp_path)
    assert seen["width"] <= 1601
    assert seen["height"] <= 1201
    assert seen["smallest"] >= 8.99
    assert seen["contrast"] >= 4.5
    assert {fault: seen[fault] for fault in FAULTS} == {fault: [] for fault in FAULTS}


@needs_graphviz
@pytest.mark.parametrize("level", ["value", "neuron"])
def test_numbers_stand_beside_their_edges_in_a_dense_picture(browser, tmp_path, level):
    graph = networks.mlp_on_a_row()
    drawing = draw(graph.output, model=graph.model, level=level)
    seen = measured(browser, drawing, tmp_path)
    assert seen["labels"] > 20
    assert seen["contrast"] >= 4.5
    assert {fault: seen[fault] for fault in FAULTS} == {fault: [] for fault in FAULTS}
