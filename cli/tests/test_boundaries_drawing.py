"""The drawn page: one file by itself, in which nothing of an input is more than text, and all text is in its place."""

import re
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from bulkhead_cli.boundaries.drawing.page import WIDTH, svg_of_report
from bulkhead_cli.boundaries.drawing.shapes import CHARACTER, wrapped
from bulkhead_cli.boundaries.extract import report_from
from bulkhead_cli.boundaries.installation import installation_from
from bulkhead_cli.boundaries.manifests import manifests_of
from bulkhead_testkit.installations import INSTALLATION, loosened

SVG: Final = "{http://www.w3.org/2000/svg}"
HOSTILE: Final = "</text><script>alert(1)</script>&amp;\\u202e\\u0007"
LONG: Final = "a" * 300


def drawn(text: str = INSTALLATION) -> str:
    return svg_of_report(report_from(installation_from(manifests_of("x", text.encode()), namespace="system")))


def root_of(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - of our own making


def words(svg: str) -> str:
    return "\n".join(each.text or "" for each in root_of(svg).iter(f"{SVG}text"))


def test_the_page_shows_every_process_and_every_pod() -> None:
    shown = words(drawn())
    for name in (
        "controller",
        "provider-vault",
        "certcontroller",
        "Pod of Deployment b-controller",
        "Not isolated here",
    ):
        assert name in shown


def test_the_page_runs_nothing_and_loads_nothing() -> None:
    svg = drawn()
    assert {each.tag.removeprefix(SVG) for each in root_of(svg).iter()} <= {
        "svg",
        "title",
        "style",
        "rect",
        "text",
        "line",
        "circle",
    }
    assert re.findall(r"url\(|@import|href|https?://", svg.replace("http://www.w3.org/2000/svg", "")) == ["https://"]
    assert not any(name.startswith("on") for each in root_of(svg).iter() for name in each.attrib)


def test_the_page_has_colours_for_light_and_for_dark_screens() -> None:
    assert "prefers-color-scheme: dark" in drawn()


@pytest.mark.parametrize("place", ["https://vault.example.org:8200", "vault-credential", "name: b-secrets"])
def test_what_comes_from_an_input_is_text_and_nothing_else(place: str) -> None:
    # The policy file is YAML inside of YAML, so there the text is quoted once more by its own quotes.
    hostile = f'"{HOSTILE}"' if place == "vault-credential" else place.replace(place.rpartition(" ")[2], f'"{HOSTILE}"')
    text = loosened(f'"{place}"' if place.startswith("https") else place, hostile)
    svg = drawn(text)
    assert root_of(svg).find(f".//{SVG}script") is None
    assert "<script" not in svg


def test_every_line_of_text_ends_inside_of_the_page() -> None:
    for text in (
        INSTALLATION,
        loosened("vault-credential", LONG),
        loosened("name: certcontroller\n", f"name: {LONG}\n"),
    ):
        for each in root_of(drawn(text)).iter(f"{SVG}text"):
            if "fixed" in each.get("class", "") and each.get("text-anchor") == "start":
                assert float(each.get("x", "0")) + CHARACTER * len(each.text or "") <= WIDTH


def test_long_names_break_after_a_dot_or_a_slash() -> None:
    assert wrapped("clusterexternalsecrets.external-secrets.io/finalizers", CHARACTER * 45) == [
        "clusterexternalsecrets.external-secrets.io/",
        "finalizers",
    ]


def test_boxes_of_a_row_do_not_overlap() -> None:
    boxes = [
        tuple(float(each.get(name, "0")) for name in ("x", "y", "width", "height"))
        for each in root_of(drawn()).iter(f"{SVG}rect")
        if each.get("class") in ("card", "gap")
    ]
    assert len(boxes) > 4
    for number, (x, y, width, height) in enumerate(boxes):
        for left, top, wide, high in boxes[number + 1 :]:
            assert x + width <= left or left + wide <= x or y + height <= top or top + high <= y
