"""One pass over all tokens: read each Secret, decide, make and write what is due. The CA plays no part in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.metrics import TokenMetrics
from bulkhead_certcontroller.place import Held, Place, PlaceError
from bulkhead_certcontroller.reconcile import PassResult
from bulkhead_certcontroller.token_accounts import TokenAccount
from bulkhead_certcontroller.token_decide import (
    KeepToken,
    MakeToken,
    TokenInputs,
    decide_token,
    facts_from,
    renewal_from,
)
from bulkhead_certcontroller.token_request import Binding, TokenSource
from bulkhead_runtime.logging import get_logger

_LOG: Final = get_logger("certcontroller")
_TOKEN: Final = "token"
_ROOTS: Final = "ca.crt"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenTerms:
    """What tokens are made with."""

    lifetime: timedelta
    roots_file: Path
    """The API server's roots, as this program was given them; they go beside each token."""


class TokenReconciler:
    """Keeps a valid token in every Secret that is meant for one."""

    def __init__(
        self,
        accounts: Sequence[TokenAccount],
        places: Mapping[str, Place],
        maker: TokenSource,
        terms: TokenTerms,
        *,
        metrics: TokenMetrics,
        clock: Callable[[], datetime],
    ) -> None:
        """Take a place for each account, by its name; `clock` gives UTC."""
        self._accounts = tuple(accounts)
        self._places = places
        self._maker = maker
        self._terms = terms
        self._metrics = metrics
        self._clock = clock

    async def run_pass(self) -> PassResult:
        """Make what is due and say when to come again. What fails is logged and counted; the rest goes on."""
        issued, failed, due = [], [], []
        for account in self._accounts:
            try:
                outcome = await self._look_after(account)
            except PlaceError as error:
                self._metrics.failures.labels(account.name).inc()
                _LOG.error("token not looked after", token=account.name, error=str(error))
                failed.append(account.name)
                continue
            due.append(outcome.renew_at)
            if outcome.made:
                issued.append(account.name)
        return PassResult(issued=tuple(issued), failed=tuple(failed), renew_at=min(due, default=None))

    async def _look_after(self, account: TokenAccount) -> "_Outcome":
        place = self._places[account.name]
        held, roots = await place.read(), self._roots()
        decision = decide_token(self._inputs(account, held, roots), now=self._clock())
        match decision:
            case KeepToken(renew_at=renew_at):
                return _Outcome(made=False, renew_at=renew_at)
            case MakeToken(reason=reason):
                now = self._clock()
                bound_to = Binding(name=account.secret, uid=held.uid)
                made = await self._maker.make(account.service_account, bound_to, self._terms.lifetime)
                files = {_TOKEN: made.value, _ROOTS: roots, "namespace": SecretValue(self._maker.namespace.encode())}
                await place.write(files, held)
                self._metrics.made.labels(account.name, reason.value).inc()
                self._metrics.expiry.labels(account.name).set(made.expires_at.timestamp())
                _LOG.info("made a token", token=account.name, reason=reason, expires=made.expires_at.isoformat())
                return _Outcome(made=True, renew_at=renewal_from(now, made.expires_at))

    def _inputs(self, account: TokenAccount, held: Held, roots: SecretValue) -> TokenInputs:
        token = held.files.get(_TOKEN)
        return TokenInputs(
            subject=f"system:serviceaccount:{self._maker.namespace}:{account.service_account}",
            secret_uid=held.uid,
            present=token is not None,
            facts=facts_from(token),
            roots_current=held.files.get(_ROOTS) == roots,
            lifetime=self._terms.lifetime,
        )

    def _roots(self) -> SecretValue:
        try:
            return SecretValue(self._terms.roots_file.read_bytes())
        except OSError as error:
            raise PlaceError(f"{self._terms.roots_file}: {error.strerror}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    made: bool
    renew_at: datetime


def both(first: PassResult, second: PassResult) -> PassResult:
    """Put the results of two passes together."""
    due = [each.renew_at for each in (first, second) if each.renew_at is not None]
    return PassResult(
        issued=(*first.issued, *second.issued),
        failed=(*first.failed, *second.failed),
        withheld=(*first.withheld, *second.withheld),
        rotating=first.rotating or second.rotating,
        renew_at=min(due, default=None),
    )
