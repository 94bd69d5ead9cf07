"""Events and the firms that they belong to."""

from haining_ai.core import build_entity

Event = build_entity(key="event", plural="events", label="A dated fact about a firm", is_person=True)

Firm = build_entity(
    key="firm",
    plural="firms",
    label="A firm with its facts",
    roles=[{"key": "fact", "plural": "facts", "label": "A fact of the firm"}],
)

ENTITIES = [Event, Firm]
