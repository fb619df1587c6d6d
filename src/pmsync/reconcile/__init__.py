"""Deciding: given what every tool shows and what pmsync remembers, what each should show. Pure; decisions are data.

Read in this order: `state` (what goes in), `field` (one field of one item), `item` (one item), `plan` (what comes out),
`match` (which items are the same), `settle` (what a write did), `guard` (whether to begin at all).
"""
