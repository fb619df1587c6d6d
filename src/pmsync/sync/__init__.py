"""The shell around the core: one pass, from reading the tools to writing them.

Read in this order: `members` (what a pass works with), `run` (a pass, start to end), `observe`, `link`, `decide`,
`execute`, `recover`.
"""
