"""The sentences of those modules that need the readers of foreign bytes: whoever translates them needs none."""

from workflows.core.sentences import Template

TOO_LARGE = Template("Berkas ini lebih besar dari %(size)s MB.")
BOMB = Template("Berkas ini mengembang menjadi lebih dari %(most)s MB ketika dibuka, sehingga tidak dibaca.")
RATIO = Template("Isi berkas ini dimampatkan lebih dari %(most)s kali, tidak wajar untuk dokumen; tidak dibaca.")
ENTRIES = Template("Berkas ini berisi lebih dari %(most)s bagian di dalamnya, sehingga tidak dibaca.")
TOO_MANY_ROWS = Template("Lembar %(sheet)s berisi %(rows)s baris; yang dapat dibaca paling banyak %(most)s baris.")
NO_VALUES = Template(
    "Lembar %(sheet)s berisi rumus tanpa nilai tersimpan, misalnya di sel %(cells)s. Buka berkasnya di Excel atau "
    "LibreOffice, simpan, lalu kirim lagi; atau tempel isinya sebagai nilai."
)
FORMULAS = Template("Isi sel %(cells)s adalah hasil rumus; yang dibaca nilai terakhir yang tersimpan.")
TOO_MANY_PAGES = Template("Berkas PDF ini lebih dari %(most)s halaman.")
