import json

import jsonschema
from tests.lab.experiments.spike.a_run import evidence

from lab.experiments.spike.judge import judge
from lab.experiments.spike.plan import Limits
from lab.experiments.spike.verdict import SCHEMA_FILE, Verdict, schema


def test_the_committed_schema_is_the_models() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema(), (
        "make it again: python -m lab.experiments.spike.verdict"
    )


def test_a_verdict_meets_its_schema_and_comes_back_equal() -> None:
    verdict = judge(evidence(), Limits())
    document = json.loads(verdict.model_dump_json())
    jsonschema.validate(document, json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    assert Verdict.model_validate(document) == verdict
