"""Whatever happens between phones and the service, everything that was entered ends once."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from phone_machine import PhoneMachine

EXAMPLES = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


def test_every_tap_ends_once_whatever_happens(new_world):
    run_state_machine_as_test(lambda: PhoneMachine(new_world), settings=EXAMPLES)
