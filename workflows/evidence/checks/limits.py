"""How far the checks go into one file before they say that they stopped."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on the work of one check; reaching one is a finding, never an error."""

    max_bytes: int = 200 * 1024 * 1024
    """A file above this is still judged, with a warning: archives and readers get slow there."""
    graph_values: int = 1_000_000
    """Dictionaries, arrays and their members visited in the search for active content."""
    graph_seconds: float = 5.0
    content_pages: int = 300
    """Pages whose content is decoded in the search for blank and unreadable ones."""
    content_seconds: float = 2.0
    text_pages: int = 12
    """Pages whose text is extracted, spread over the file."""
    text_seconds: float = 2.0
    pages_seconds: float = 1.0
    """For the sizes of all pages."""
    pictures_pages: int = 60
    """Pages, from the last one on, whose pictures are looked at."""
    pictures_seconds: float = 2.0
    signature_seconds: float = 8.0
    """For all signatures of a file together; what is left over then is told as not judged."""


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """Bounds on the reading of pages, which comes after the check; what lies beyond is told as not read."""

    pages: int = 300
    """The first pages of a file whose text is read."""
    pages_at_once: int = 20
    """Pages of one question: text that stands in the file takes milliseconds each."""
    strikes: int = 3
    """Pages of one question that may end their reader, each by itself, before the others are left to their pictures."""
    characters: int = 20_000
    """Of one page; a crowded A3 page has 10,000."""
    enough: int = 20
    """Visible characters from which a page counts as text; below lies a stamp or a page number on a scan."""
    scans: int = 60
    """Pages of one file that are read from their picture, two seconds each."""
    scans_at_once: int = 3
    """Of one job: others get their turn in between."""
    dots_per_inch: int = 250
    pixels: int = 7_000_000
    """Of one picture: A4 at that density has 6 million; larger paper is drawn coarser."""
