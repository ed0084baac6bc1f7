"""What only a person can say of a tenant, since no API gives it: how it was bought, what is owed, what a page shows.

Each fact is a question with a kind of answer. What is not answered is unknown (None), which no check list takes for
passed. The questions are the one table from which the file to fill in is written and by which it is read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from batch.core.retiring_questions import WORDS, YES_NO


class AnswerKind(StrEnum):
    """What an answer looks like in the file (TOML)."""

    YES_NO = "true or false"
    CHOICE = "one of"
    TEXT = "text in quotation marks"
    TEXTS = 'a list of texts, like ["Audio Conferencing"], or [] for none'
    DATE = "a date, like 2026-11-20"
    DATES = "a list of dates, like [2026-12-25, 2026-12-26], or [] for none"
    NUMBER = "a whole number of at least 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing to ask a person."""

    #: The key in the file, and the field of ``Facts``.
    name: str
    #: The question, with where to look.
    asks: str
    kind: AnswerKind
    #: For ``CHOICE`` the words that can be chosen, as they are kept; matched without regard to case.
    choices: tuple[str, ...] = ()
    #: An answer as it could stand in the file.
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The answers; None: nobody said."""

    #: How a person would name where the answers come from; empty where there are none.
    source: str = ""
    purchase_channel: str | None = None
    account_type: str | None = None
    segment: str | None = None
    payment_method: str | None = None
    ordered_on: date | None = None
    holidays: tuple[date, ...] | None = None
    credit_check: bool | None = None
    upgrade_in_progress: bool | None = None
    balance_due: bool | None = None
    recurring_billing: bool | None = None
    auto_assign: bool | None = None
    addons: tuple[str, ...] | None = None
    end_of_sale: bool | None = None
    health_ok: bool | None = None
    only_some: bool | None = None
    fewer_seats: bool | None = None
    admin_role: str | None = None
    tab_state: str | None = None
    tab_message: str | None = None
    # For `reassign retire`
    answered_on: date | None = None
    baseline_is_whole: bool | None = None
    shared_mailboxes_decided: bool | None = None
    leavers_decided: bool | None = None
    deleted_users_decided: bool | None = None
    exceptions: tuple[str, ...] | None = None
    unexplained_seats: int | None = None
    unexplained_why: str | None = None
    unexplained_by: str | None = None
    addons_settled: bool | None = None
    voice_checked: bool | None = None
    backups_confirmed: bool | None = None
    holds_checked: bool | None = None
    nothing_assigns_it: bool | None = None
    old_billing_ends: bool | None = None
    domain_stays: bool | None = None
    never_delete: bool | None = None
    approved_by: str | None = None
    approver_may_bill: bool | None = None
    # With nothing but exports in hand
    exports_made_on: date | None = None
    no_group_has_it: bool | None = None
    new_licences_active: bool | None = None
    one_subscription_each: bool | None = None


#: In the order in which a person finds the answers in the admin center.
QUESTIONS: tuple[Question, ...] = (
    Question(
        name="purchase_channel",
        asks="How was the old subscription bought? Billing > Your products, column Purchase channel.",
        kind=AnswerKind.CHOICE,
        choices=("direct", "partner", "volume", "prepaid"),
        example='"direct"',
    ),
    Question(
        name="account_type",
        asks="Which agreement is it bought under? Billing > Billing accounts.",
        kind=AnswerKind.CHOICE,
        choices=("MOSA", "MCA", "EA"),
        example='"MOSA"',
    ),
    Question(
        name="segment",
        asks="Which prices does the organisation buy at?",
        kind=AnswerKind.CHOICE,
        choices=("commercial", "government", "nonprofit", "education"),
        example='"commercial"',
    ),
    Question(
        name="payment_method",
        asks="How are the subscriptions paid, the old one and the new? Billing > Your products.",
        kind=AnswerKind.CHOICE,
        choices=("card", "invoice"),
        example='"card"',
    ),
    Question(
        name="ordered_on",
        asks="On which day was the new subscription (or the seats that lack) ordered?",
        kind=AnswerKind.DATE,
        example="2026-11-20",
    ),
    Question(
        name="holidays",
        asks="Which working days of the next weeks are holidays? A credit check does not go on then.",
        kind=AnswerKind.DATES,
        example="[2026-12-25]",
    ),
    Question(
        name="credit_check",
        asks="Is a credit check pending? The subscription's page says so.",
        kind=AnswerKind.YES_NO,
        example="false",
    ),
    Question(
        name="upgrade_in_progress",
        asks="Is another upgrade of a plan under way?",
        kind=AnswerKind.YES_NO,
        example="false",
    ),
    Question(
        name="balance_due",
        asks="Is anything unpaid? Billing > Bills & payments.",
        kind=AnswerKind.YES_NO,
        example="false",
    ),
    Question(
        name="recurring_billing",
        asks="Is recurring billing on for the new subscription?",
        kind=AnswerKind.YES_NO,
        example="true",
    ),
    Question(
        name="auto_assign",
        asks="Was the question answered with yes whether new licences go to all unlicensed users by themselves?",
        kind=AnswerKind.YES_NO,
        example="false",
    ),
    Question(
        name="addons",
        asks="Which add-ons hang on the old subscription? Its page lists them.",
        kind=AnswerKind.TEXTS,
        example='["Office 365 Extra File Storage"]',
    ),
    Question(
        name="end_of_sale",
        asks="Does the page of the old subscription say that it is no longer available to buy?",
        kind=AnswerKind.YES_NO,
        example="true",
    ),
    Question(
        name="health_ok",
        asks="Are all services free of incidents? Health > Service health.",
        kind=AnswerKind.YES_NO,
        example="true",
    ),
    Question(
        name="only_some",
        asks="Shall only some of those who hold the old licence move, and others keep it?",
        kind=AnswerKind.YES_NO,
        example="false",
    ),
    Question(
        name="fewer_seats",
        asks="Shall there be fewer licences after the move than before?",
        kind=AnswerKind.YES_NO,
        example="false",
    ),
    Question(
        name="admin_role",
        asks="Which role has the person who opens the Upgrade tab?",
        kind=AnswerKind.CHOICE,
        choices=("global", "billing", "billing account", "license", "user", "other"),
        example='"billing"',
    ),
    Question(
        name="tab_state",
        asks="What does the Upgrade tab of the old subscription show: other plans, a message, nothing, or no tab?",
        kind=AnswerKind.CHOICE,
        choices=("plans", "message", "empty", "missing"),
        example='"plans"',
    ),
    Question(
        name="tab_message",
        asks="The message on the tab, word for word, in its own language.",
        kind=AnswerKind.TEXT,
        example='"…"',
    ),
    Question(
        name="answered_on",
        asks="Before a product is cancelled: from which day are these answers?",
        kind=AnswerKind.DATE,
        example="2026-11-23",
    ),
    Question(
        name="exports_made_on",
        asks="With exports only: on which day were users and licences exported, after the last move?",
        kind=AnswerKind.DATE,
        example="2026-11-23",
    ),
    *(Question(name=name, asks=asks, kind=AnswerKind.YES_NO, example="true") for name, asks in YES_NO.items()),
    Question(
        name="exceptions",
        asks="Who held the old licence and is left without one on purpose? User principal names.",
        kind=AnswerKind.TEXTS,
        example='["left.us@contoso.com"]',
    ),
    Question(
        name="unexplained_seats",
        asks="How many seats are in use that nobody is seen to hold, and are explained by somebody?",
        kind=AnswerKind.NUMBER,
        example="0",
    ),
    *(Question(name=name, asks=asks, kind=AnswerKind.TEXT, example='"…"') for name, asks in WORDS.items()),
)


def template() -> str:
    """A file of facts to fill in: every question, with its answer left open. It can be read as it is: all unknown."""
    lines = [
        "# What only a person can say of this tenant. Take the # off a line and put the answer in its place.",
        "# What stays open is unknown, and is never taken for fine.",
        "",
    ]
    for question in QUESTIONS:
        lines += [f"# {question.asks}", *_answers(question), f"#{question.name} = {question.example}", ""]
    return "\n".join(lines)


def _answers(question: Question) -> list[str]:
    """What can be answered, where the example does not say it all."""
    if question.kind is AnswerKind.CHOICE:
        return [f"# {', '.join(question.choices)}"]
    return [f"# {question.kind.value}"] if question.kind in (AnswerKind.TEXTS, AnswerKind.DATES) else []
