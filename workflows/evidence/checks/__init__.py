"""Third stage, the judge: pure checks, a seekable binary file in, a `CheckReport` out.

`judge.check_file` runs the `registry` over one file; `report` is the value that leaves. Only the sandbox
imports `judge`, since it pulls in the PDF readers; everybody else needs `report`, `policy`, `failure` and
`wire`, which are light.
"""
