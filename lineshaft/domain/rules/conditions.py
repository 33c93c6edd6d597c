"""From a rule's verdict to the condition that the alarm machine is told."""

import math
from dataclasses import replace

from lineshaft.domain.alarms import Condition
from lineshaft.domain.rules.document import Stale, Words
from lineshaft.domain.rules.evaluation import Verdict
from lineshaft.domain.rules.targets import Target


def condition_of(target: Target, verdict: Verdict) -> Condition:
    """What a verdict that something holds means to people."""
    rule = target.plan.rule
    value = None if math.isnan(verdict.value) else verdict.value
    threshold = None if math.isnan(verdict.limit) else verdict.limit
    signal = _signal(target, verdict)
    arguments = {
        "name": _words(rule.message if rule.message.en else rule.name),
        "action": _words(rule.action),
        "signal": signal,
        "value": value,
        "threshold": threshold,
        "unit": target.units.get(signal, ""),
        **({"parent_down": True} if rule.suppress.parent_down else {}),
    }
    return Condition(
        source=target.place.machine,
        rule=target.rule_key,
        active=True,
        priority=5 - verdict.severity,
        message="alarm.rule" if threshold is None else "alarm.rule.value",
        value=value,
        threshold=threshold,
        arguments=arguments,
        suppressed=verdict.why or None,
        latching=rule.latching,
        auto_ack=rule.auto_ack,
    )


def over(raised: Condition, verdict: Verdict) -> Condition:
    """The end of what was raised."""
    value = None if math.isnan(verdict.value) else verdict.value
    return replace(raised, active=False, value=value, suppressed=None)


def _signal(target: Target, verdict: Verdict) -> str:
    """The signal, or the score, that the verdict is about."""
    if verdict.leaf >= 0:
        return target.plan.inputs[target.plan.leaves[verdict.leaf].input].name
    silent = (one.input for one in target.plan.leaves if isinstance(one.leaf, Stale))
    return target.signal or next((target.plan.inputs[at].name for at in silent), "")


def _words(words: Words) -> dict[str, str]:
    return {"en": words.en, "zh": words.zh or words.en}
