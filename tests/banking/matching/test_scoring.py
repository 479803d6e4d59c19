"""How sure the rules are: whatever the evidence, a machine never chooses between two people."""

from hypothesis import given
from hypothesis import strategies as st

from banking.matching.scoring import (
    BARS,
    NAMED,
    WEIGHTS,
    Candidate,
    Code,
    Evidence,
    best_first,
    decide,
    last_digits,
    reason,
    score,
)
from banking.models import Verdict

codes = st.sampled_from(list(Code))
evidence = st.lists(codes.map(reason), max_size=8)
phones = st.sampled_from(["0909318264", "0912345678", "0987654321"])
thresholds = st.integers(0, 100)


def candidate(*reasons: Evidence, phone: str = "0909318264") -> Candidate:
    return Candidate(customer_id=1, phone=phone, name="Hoa", source="own", tpos_id=None, evidence=reasons)


candidates = st.builds(lambda phone, reasons: candidate(*reasons, phone=phone), phones, evidence)


@given(st.lists(candidates, max_size=5), thresholds)
def test_it_is_automatic_only_for_one_person_whom_the_text_names_with_enough_points(
    found: list[Candidate], threshold: int
) -> None:
    verdict = decide(found, threshold=threshold)

    if verdict is Verdict.CREDITED:
        assert len({one.phone for one in found}) == 1
        assert found[0].score >= threshold
        assert {reason.code for reason in found[0].evidence} & NAMED
        assert not {reason.code for one in found for reason in one.evidence} & BARS
    assert (verdict is Verdict.NOTHING) == (found == [])


@given(evidence, codes)
def test_more_for_never_lowers_and_more_against_never_raises_the_score(before: list[Evidence], code: Code) -> None:
    after = score([*before, reason(code)])

    assert after >= score(before) if WEIGHTS[code] > 0 else after <= score(before)
    assert 0 <= after <= 100


@given(st.text("0123456789", min_size=5, max_size=10), st.text("0123456789", min_size=5, max_size=10))
def test_more_digits_never_weigh_less(some: str, others: str) -> None:
    assert (last_digits(some).points <= last_digits(others).points) == (len(some) <= len(others))


@given(st.integers(5, 10), st.sampled_from([code for code in Code if WEIGHTS[code] < -15]))
def test_nothing_beside_the_text_makes_up_for_a_reason_against_a_part_of_a_phone(digits: int, against: Code) -> None:
    """Everything that can speak for somebody at once, and one thing that speaks against."""
    everything = [last_digits("1" * digits)] + [reason(code) for code in Code if 0 < WEIGHTS[code] < 50]

    assert decide([candidate(*everything, reason(against))], threshold=80) is Verdict.ASKED


def test_a_payer_alone_is_never_enough() -> None:
    assert decide([candidate(reason(Code.PAYER_SEEN, points=100))], threshold=0) is Verdict.ASKED


@given(st.lists(candidates, max_size=6), st.randoms())
def test_the_same_candidates_always_stand_in_the_same_order(found: list[Candidate], random: object) -> None:
    mixed = list(found)
    random.shuffle(mixed)  # type: ignore[attr-defined]

    key = [(one.score, one.phone) for one in best_first(found)]
    assert key == [(one.score, one.phone) for one in best_first(mixed)]
    assert [points for points, _ in key] == sorted((points for points, _ in key), reverse=True)
