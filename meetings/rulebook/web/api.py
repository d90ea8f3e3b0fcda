"""The rules over HTTP: the case that the command line takes, and the answer that it prints."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from quart import Quart
from quart_schema import document_response, operation_id, tag, validate_request, validate_response

from meetings.rulebook.service import TRY_RULES, Rulebook
from meetings.rulebook.web.pages import QUESTIONS
from meetings.rules import CaseError
from portal.context import Portal
from portal.errors import ErrorBody, InvalidInput
from portal.i18n import current_locale
from portal.pages import actor
from portal.permissions import require


class CaseBody(BaseModel):
    """One case. Each `kind` has its own further fields, which docs/rules.md lists; an unknown one is refused."""

    model_config = ConfigDict(extra="allow")

    kind: str
    """What is asked: quorum, ballot, notice and so on."""
    rule_set: str | None = None
    """The set that is asked; `fr-cgct-commune` when it is left out."""
    on: str | None = None
    """The day whose law applies, YYYY-MM-DD; the day of the sitting or today when it is left out."""


class ChoiceBody(BaseModel):
    """One way to answer a question, and what follows."""

    value: str
    label: str
    consequence: str


class QuestionBody(BaseModel):
    """What only a person may decide: a point that the law leaves open, or a fact that the case does not state."""

    id: str
    about: str
    text: str
    choices: list[ChoiceBody]


class AnswerBody(BaseModel):
    """The answer. The fields of its result stand beside these, by the kind (docs/rules.md)."""

    model_config = ConfigDict(extra="allow")

    kind: str
    certainty: str
    """A settled, B likely, C left open by the law."""
    articles: list[str]
    because: str
    conditions: list[str]
    """What must also be true, and the case does not say."""
    question: QuestionBody | None = None
    rule_set: str
    version: str
    on: str


def register(app: Quart, portal: Portal, rulebook: Rulebook) -> None:
    """Add the API's route."""

    @app.post("/api/rules")
    @tag(["Rules"])
    @operation_id("ask_rules")
    @validate_request(CaseBody)
    @validate_response(AnswerBody)
    @document_response(ErrorBody, 401)
    @document_response(ErrorBody, 403)
    @document_response(ErrorBody, 422)
    @document_response(ErrorBody, 429)
    async def ask_rules(data: CaseBody) -> AnswerBody:
        """Ask what the rules say to one case. Nothing is stored. Sentences are in the language of the request."""
        who = actor()
        require(who, TRY_RULES)
        portal.limits.spend("rules.try", who.account_id if who else "", QUESTIONS)
        case: dict[str, Any] = data.model_dump(exclude_unset=True)
        if case.get("rule_set") is None:
            case.pop("rule_set", None)
        try:
            answer = rulebook.ask(who, case)
        except CaseError as error:
            fields = {name: text.get(current_locale()) for name, text in error.fields.items()}
            raise InvalidInput(error.text.get(current_locale()), fields=fields) from error
        return AnswerBody.model_validate(answer.as_json(current_locale()))
