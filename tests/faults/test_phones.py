"""Whatever happens between phones and the service, everything that was entered ends once."""

import phone_breakages as broken
import pytest
from databases import ON_SQLITE
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from phone_machine import PhoneMachine
from thorough import THOROUGH

EXAMPLES = settings(
    max_examples=400 if THOROUGH else 8,
    stateful_step_count=40 if THOROUGH else 25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
REDRAWS = 3 if THOROUGH else 1


def test_every_tap_ends_once_whatever_happens(new_world, request):
    fewer = {} if "sqlite" in request.node.callspec.id else {"max_examples": EXAMPLES.max_examples // 4}
    run_state_machine_as_test(lambda: PhoneMachine(new_world, redraws=REDRAWS), settings=settings(EXAMPLES, **fewer))


if THOROUGH:  # make test plays a story for each

    @ON_SQLITE
    @pytest.mark.parametrize(
        "phone",
        [broken.DropsOn500, broken.DropsOn401, broken.ForgetsAtLogout, broken.IgnoresEpoch, broken.UndoDeletes],
    )
    def test_phones_built_otherwise_are_noticed(new_world, phone):
        found = settings(EXAMPLES, phases=[Phase.generate])
        with pytest.raises(AssertionError):
            run_state_machine_as_test(lambda: PhoneMachine(lambda: new_world(phone), redraws=0), settings=found)
