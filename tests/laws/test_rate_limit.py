"""Rate limits, by a clock that a test sets."""

import pytest

from common.errors import RateLimited, Unavailable
from server.rest.core.password_sign_in import BadCredentials
from server.rest.core.rate_limit import (
    ADDRESS_PER_MINUTE,
    MAILS_PER_HOUR,
    SUBJECT_PER_MINUTE,
    RateLimiter,
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def brakes(clock: Clock) -> RateLimiter:
    return RateLimiter(100, clock)


def fail(brakes: RateLimiter, address: str, person: str) -> None:
    with (
        pytest.raises(BadCredentials),
        brakes.limit_attempts("sign-in", address, person, failure=BadCredentials),
    ):
        raise BadCredentials("The password is wrong.")


def succeed(brakes: RateLimiter, address: str, person: str) -> bool:
    """Answers whether it was familiar."""
    with brakes.limit_attempts("sign-in", address, person, failure=BadCredentials) as attempt:
        return attempt.is_familiar


def test_failures_count_against_a_person_from_wherever_they_come(brakes: RateLimiter) -> None:
    for number in range(SUBJECT_PER_MINUTE):
        fail(brakes, f"192.0.2.{number}", "ann")

    with pytest.raises(RateLimited) as limited:
        succeed(brakes, "198.51.100.1", "ann")
    assert 0 < limited.value.retry_after <= 60 / SUBJECT_PER_MINUTE
    assert not succeed(brakes, "198.51.100.1", "ben")


def test_successes_count_against_nobody(brakes: RateLimiter) -> None:
    for number in range(10 * ADDRESS_PER_MINUTE):
        succeed(brakes, "192.0.2.1", f"person {number % 3 * number}")


def test_what_is_refused_for_another_reason_is_no_failure(brakes: RateLimiter) -> None:
    for _ in range(2 * SUBJECT_PER_MINUTE):
        with (
            pytest.raises(Unavailable),
            brakes.limit_attempts("sign-in", "192.0.2.1", "ann", failure=BadCredentials),
        ):
            raise Unavailable("Too many wait.")


def test_an_address_is_braked_however_many_persons_it_tries(brakes: RateLimiter) -> None:
    for number in range(ADDRESS_PER_MINUTE):
        fail(brakes, "192.0.2.1", f"person {number}")

    with pytest.raises(RateLimited):
        succeed(brakes, "192.0.2.1", "somebody else")
    assert not succeed(brakes, "192.0.2.2", "somebody else")


def test_attempts_under_way_count_so_that_many_at_once_are_braked_too(brakes: RateLimiter) -> None:
    under_way = [
        brakes.limit_attempts("sign-in", "192.0.2.1", "ann", failure=BadCredentials)
        for _ in range(SUBJECT_PER_MINUTE)
    ]
    for attempt in under_way:
        attempt.__enter__()
    with pytest.raises(RateLimited):
        succeed(brakes, "192.0.2.2", "ann")
    for attempt in under_way:
        attempt.__exit__(None, None, None)
    succeed(brakes, "192.0.2.2", "ann")


def test_strangers_do_not_lock_out_a_person_who_has_signed_in_from_an_address(
    brakes: RateLimiter,
) -> None:
    assert not succeed(brakes, "192.0.2.1", "ann")
    for number in range(ADDRESS_PER_MINUTE):
        fail(brakes, "192.0.2.1", f"person {number}")
    for _ in range(SUBJECT_PER_MINUTE):
        fail(brakes, "198.51.100.1", "ann")

    assert succeed(brakes, "192.0.2.1", "ann")
    with pytest.raises(RateLimited):
        succeed(brakes, "203.0.113.1", "ann")


def test_where_a_person_has_signed_in_guesses_are_braked_as_well(brakes: RateLimiter) -> None:
    succeed(brakes, "192.0.2.1", "ann")
    for _ in range(SUBJECT_PER_MINUTE):
        fail(brakes, "192.0.2.1", "ann")

    with pytest.raises(RateLimited):
        succeed(brakes, "192.0.2.1", "ann")


def test_a_bucket_fills_again(brakes: RateLimiter, clock: Clock) -> None:
    for _ in range(SUBJECT_PER_MINUTE):
        fail(brakes, "192.0.2.1", "ann")
    with pytest.raises(RateLimited) as limited:
        succeed(brakes, "192.0.2.1", "ann")
    clock.now += limited.value.retry_after

    succeed(brakes, "192.0.2.1", "ann")


def test_a_refused_request_takes_nothing_from_its_other_bucket(brakes: RateLimiter) -> None:
    for _ in range(SUBJECT_PER_MINUTE):
        brakes.limit_anonymous("sign-up", "192.0.2.1", "ann")
    for _ in range(ADDRESS_PER_MINUTE):
        with pytest.raises(RateLimited):
            brakes.limit_anonymous("sign-up", "192.0.2.1", "ann")

    brakes.limit_anonymous("sign-up", "192.0.2.1", "ben")


def test_without_a_rate_nothing_is_limited(clock: Clock) -> None:
    brakes = RateLimiter(0, clock)
    for _ in range(100):
        fail(brakes, "192.0.2.1", "ann")
        brakes.limit_anonymous("sign-up", "192.0.2.1", "ann")
        brakes.limit_caller("token", 4821)


def test_strangers_cause_few_mails_to_one_person_however_many_addresses_they_have() -> None:
    clock = Clock()
    limiter = RateLimiter(100, clock)
    for n in range(MAILS_PER_HOUR):
        limiter.limit_mails("code", f"198.51.100.{n}", 4821, "carla@example.test")
    with pytest.raises(RateLimited):
        limiter.limit_mails("code", "203.0.113.7", 4821, "carla@example.test")
    limiter.limit_mails("code", "203.0.113.7", 4821, "otto@example.test")
    clock.now += 3600 / MAILS_PER_HOUR
    limiter.limit_mails("code", "203.0.113.7", 4821, "carla@example.test")
