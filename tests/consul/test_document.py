"""docs/consul.md lists every setting with its bounds, and no other."""

import re
from pathlib import Path

from annotated_types import Ge, Le

from chassis.knobs import Knobs

DOCUMENT = Path(__file__).parents[2] / "docs" / "consul.md"


def test_the_document_lists_every_setting_and_what_it_may_be() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", DOCUMENT.read_text(), re.M))
    assert set(rows) == set(Knobs.model_fields)
    for name, field in Knobs.model_fields.items():
        bounds = {type(each): each for each in field.metadata}
        if bounds:
            assert rows[name] == f"{bounds[Ge].ge} to {bounds[Le].le}", name
