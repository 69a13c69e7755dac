from dataclasses import fields

from chassis.faults import NONE, Faults
from chassis.knobs import Knobs


def test_every_fault_with_an_amount_is_a_knob_by_itself() -> None:
    amounts = {f"fault_{field.name}" for field in fields(Faults) if field.name != "down"}
    assert amounts == {name for name in Knobs.model_fields if name.startswith("fault_")}


def test_the_knobs_of_faults_are_faults_again() -> None:
    knobs = Knobs(fault_error_share=0.5, supplier_latency_seconds=0.2)
    assert knobs.faults() == Faults(error_share=0.5)
    assert Knobs().faults() == NONE
