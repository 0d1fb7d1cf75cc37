"""The live dashboard: a market that runs in a browser, with sliders, built on Mesa's solara parts.

`panels` holds Mesa components that draw any `CascadeModel`; `page` is the whole page; `serve` shows it on this machine.
"""
