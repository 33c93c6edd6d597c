"""The words around an alarm in a message, in each language; what alarms say is in `alarm_texts`."""
# ruff: noqa: RUF001 - Chinese has signs of its own, and numbers do not part from their units

from lineshaft.domain.alarm_texts import fill, texts_of

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "kind.firing": "Alarm",
        "kind.resolved": "Over",
        "kind.escalated": "Not acknowledged",
        "kind.digest": "Digest",
        "kind.test": "Test",
        "priority.1": "critical",
        "priority.2": "high",
        "priority.3": "medium",
        "priority.4": "low",
        "title.one": "{kind}: {machine}, {what}",
        "title.many": "{kind}: {count} alarms, {place}",
        "title.everywhere": "the whole works",
        "title.test": "Lineshaft: this is a test message",
        "line.machine": "Machine",
        "line.what": "What",
        "line.priority": "Priority",
        "line.since": "Since",
        "line.until": "Until",
        "line.value": "Value",
        "line.limit": "limit {limit}",
        "line.why": "Why",
        "line.action": "What to do",
        "line.link": "Link",
        "line.more": "and {count} more",
        "line.over": "Over",
        "line.step": "Nobody has acknowledged this for {minutes} min",
        "line.test": "{person} asked for this message to see whether it arrives. Nothing has happened.",
        "line.policy": "You get this by the rule “{policy}”.",
        "why.likely": "probably {mode}",
    },
    "zh": {
        "kind.firing": "报警",
        "kind.resolved": "已恢复",
        "kind.escalated": "无人确认",
        "kind.digest": "摘要",
        "kind.test": "测试",
        "priority.1": "紧急",
        "priority.2": "高",
        "priority.3": "中",
        "priority.4": "低",
        "title.one": "{kind}：{machine}，{what}",
        "title.many": "{kind}：{place} 共 {count} 条报警",
        "title.everywhere": "全厂",
        "title.test": "Lineshaft：测试消息",
        "line.machine": "设备",
        "line.what": "内容",
        "line.priority": "优先级",
        "line.since": "开始时间",
        "line.until": "恢复时间",
        "line.value": "数值",
        "line.limit": "限值 {limit}",
        "line.why": "原因",
        "line.action": "建议措施",
        "line.link": "链接",
        "line.more": "另有 {count} 条",
        "line.over": "已恢复",
        "line.step": "已有 {minutes} 分钟无人确认",
        "line.test": "{person} 发送此消息以确认能否送达，现场无异常。",
        "line.policy": "根据规则“{policy}”发送。",
        "why.likely": "可能是{mode}",
    },
}
"""Language → key → text with {parameters}."""


def text(language: str, key: str, **parameters: object) -> str:
    """The text of a key, `zh…` in Chinese and everything else in English; an unknown key shows itself.

    >>> text("zh-CN", "priority.1"), text("fr", "line.more", count=3), text("en", "alarm.new")
    ('紧急', 'and 3 more', 'alarm.new')
    """
    own = WORDS["zh" if language.startswith("zh") else "en"].get(key)
    return fill(own or texts_of(language).get(key, key), parameters)
