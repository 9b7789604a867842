"""The page of `bulkhead boundaries` in a real browser: all can be read, nothing leaves its box or covers anything."""

import html
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import msgspec
import pytest
import yaml

from bulkhead_cli.boundaries.drawing.page import svg_of_report
from bulkhead_cli.boundaries.extract import report_from
from bulkhead_cli.boundaries.installation import installation_from
from bulkhead_cli.boundaries.manifests import manifests_of
from bulkhead_testkit.helm import CHART, run_helm

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("drill")]

BROWSER: Final = "chromium"
NAMESPACE: Final = "bulkhead-system"
TIMEOUT_S: Final = 60
READABLE: Final = 4.5
"""Contrast of small text. Source: WCAG 2.2, 1.4.3."""
SCHEMES: Final = {"light": "1", "dark": "0"}
"""Numbers that the browser's setting has for them."""
STORES: Final = ("aws", "gcpsm", "azurekv", "akeyless")


def many_providers() -> dict[str, object]:
    """Give four further providers, each as the chart describes its fake one, but for what must differ."""
    fake = yaml.safe_load((CHART / "values.yaml").read_text())["providers"]["fake"]
    return {
        f"team-{number}": fake
        | {
            "stores": [store],
            "runAsUser": 21000 + number,
            "healthPort": 9100 + 2 * number,
            "metricsPort": 9101 + 2 * number,
        }
        for number, store in enumerate(STORES)
    }


VALUES: Final[dict[str, dict[str, object]]] = {
    "sidecar": {"topology": "sidecar"},
    "isolated": {"topology": "isolated"},
    "many-providers-and-open": {
        "providers": many_providers(),
        "networkPolicy": {"enabled": False},
        "profile": "eso-compat",
    },
}
# Of each text: where it is, the innermost box that it begins in, and both colours.
MEASURE: Final = """
const boxes = [...document.querySelectorAll('rect[class]')];
const fill = one => getComputedStyle(one).fill;
const told = [...document.querySelectorAll('text')].map(one => {
  const at = one.getBoundingClientRect();
  const holds = box => { const b = box.getBoundingClientRect();
    return b.left <= at.left && at.left <= b.right && b.top <= at.top && at.top <= b.bottom; };
  const box = boxes.filter(holds).pop();
  const b = box.getBoundingClientRect();
  return {text: one.textContent, left: at.left, right: at.right, top: at.top, bottom: at.bottom,
    boxRight: b.right, boxBottom: b.bottom, ink: fill(one), paper: fill(box)};
});
document.body.innerHTML = '<pre id="told"></pre>';
document.getElementById('told').textContent = JSON.stringify(told);
"""


class Text(msgspec.Struct, frozen=True, rename="camel"):
    text: str
    left: float
    right: float
    top: float
    bottom: float
    box_right: float
    box_bottom: float
    ink: str
    paper: str


@pytest.fixture(scope="module")
def browser() -> str:
    found = shutil.which(BROWSER)
    assert found, f"{BROWSER} is not on PATH; install Debian's package {BROWSER} to have the page looked at"
    return found


def measured(browser: str, values: dict[str, object], scheme: str, folder: Path) -> list[Text]:
    manifests = run_helm(["template", "bulkhead", str(CHART), "--namespace", NAMESPACE], values=values)
    seen = installation_from(manifests_of("chart", manifests.encode()), namespace=NAMESPACE)
    svg = svg_of_report(report_from(seen))
    page = folder / "page.html"
    page.write_text(f"<!doctype html><body style='margin:0'>{svg}<script>{MEASURE}</script>")
    # It runs as root here, where Chromium's own sandbox does not work; the page is of our own making.
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    look = [f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", "--dump-dom", page.as_uri()]
    done = subprocess.run([browser, *flags, *look], capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    found = re.search(r'<pre id="told">(.*)</pre>', done.stdout, flags=re.DOTALL)
    assert found, "the browser ran no script of the page around the drawing"
    return msgspec.json.decode(html.unescape(found[1]), type=list[Text])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", VALUES)
def test_a_page_can_be_read(browser: str, name: str, scheme: str, tmp_path: Path) -> None:
    texts = measured(browser, VALUES[name], scheme, tmp_path)
    assert len(texts) > 50
    assert [each.text for each in texts if each.right > each.box_right or each.bottom > each.box_bottom] == []
    assert [each.text for each in texts if contrast(each.ink, each.paper) < READABLE] == []
    assert [(one.text, two.text) for at, one in enumerate(texts) for two in texts[at + 1 :] if cover(one, two)] == []


def test_light_and_dark_are_two_looks(browser: str, tmp_path: Path) -> None:
    papers = {
        scheme: {each.paper for each in measured(browser, VALUES["isolated"], scheme, tmp_path)} for scheme in SCHEMES
    }
    assert not papers["light"] & papers["dark"]


def cover(one: Text, two: Text) -> bool:
    # Lines of a paragraph touch; a real overlap is more than what letters have above and below.
    across = min(one.right, two.right) - max(one.left, two.left)
    down = min(one.bottom, two.bottom) - max(one.top, two.top)
    return across > 1 and down > 4


def contrast(one: str, two: str) -> float:
    """Give the contrast of two colours such as `rgb(1, 2, 3)`. Source: WCAG 2.2, contrast ratio."""
    lighter, darker = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(part) / 255) for part in re.findall(r"\d+", colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
