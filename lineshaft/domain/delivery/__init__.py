"""Who is told of an alarm, when, and in which words: pure functions of changes, settings and the time.

`policies` are what a site says, `routing` finds the addresses, `grouping` decides when and how often,
`muting` what is kept back, `rota` and `quiet` know calendars, and `message` finds the words.
"""
