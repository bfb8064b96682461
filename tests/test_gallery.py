"""The gallery shows every network, in two themes, with nothing from elsewhere."""

import re

import gallery
from graphs import needs_graphviz


@needs_graphviz
def test_the_page_stands_alone_and_shows_each_network_twice():
    page = gallery.page(["neuron", "second_derivative", "not_finite"])
    assert page.count("<svg") == 2 * 3
    assert re.findall(r'href="#(\w+)"', page) == re.findall(r'<h2 id="(\w+)"', page)
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert "<script" not in page
