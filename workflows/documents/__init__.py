"""Readers of papers: the bytes of a report or Rencana Aksi go in, a `PlanDocument` comes out.

Stands beside the flow, before its first stage: what is read here is only proposed, and a person confirms it.
Nothing in this package opens a file, a connection or a database, because it runs on foreign bytes inside the
sandbox. `reader`, and the readers of formats that it picks from, are imported there alone.

    reader -> markdown, docx, xlsx or pdf (bytes to a neutral `Source`) -> recognise (`Source` to `PlanDocument`)
"""
