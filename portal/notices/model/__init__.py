"""What a person is told, how, and when."""

from portal.notices.model.kind import KINDS, How, NoticeKind, Word, Words, define
from portal.notices.model.notice import Notice, NoticeChoice, NoticeHours, NoticeMail, OutgoingPush, PushDevice
from portal.notices.model.timing import GRACE, Hours, due_at

__all__ = [
    "GRACE",
    "KINDS",
    "Hours",
    "How",
    "Notice",
    "NoticeChoice",
    "NoticeHours",
    "NoticeKind",
    "NoticeMail",
    "OutgoingPush",
    "PushDevice",
    "Word",
    "Words",
    "define",
    "due_at",
]
