"""The sentences of the checks, apart from them so that pages can say them in another language."""

from workflows.core.sentences import Template, phrase

PLACE_FOUND = Template("Nama %(place)s tertulis di halaman %(page)s.")
PLACE_ABSENT = Template("Nama %(place)s tidak ditemukan di dalam dokumen.")
UNIT_DIFFERS = Template("Dokumen ini menyebut %(other)s, bukan %(unit)s.")
YEAR_FOUND = Template("Tahun %(year)s tertulis di halaman %(page)s.")
YEAR_ABSENT = Template("Tahun %(year)s tidak ditemukan di dalam dokumen.")
YEAR_DIFFERS = Template("Dokumen ini menyebut tahun %(other)s, bukan tahun %(year)s.")
QUARTER_FOUND = Template("Triwulan %(quarter)s tertulis di halaman %(page)s.")
QUARTER_ABSENT = Template("Triwulan %(quarter)s tidak ditemukan di dalam dokumen.")
QUARTER_DIFFERS = Template("Dokumen ini menyebut triwulan %(other)s, bukan triwulan %(quarter)s.")
SIGNER_FOUND = Template("Nama %(name)s (%(post)s) dan NIP-nya tertulis di halaman %(page)s.")
NAME_FOUND = Template("Nama %(name)s (%(post)s) tertulis di halaman %(page)s, tanpa NIP yang dapat dibaca.")
NIP_DIFFERS = Template("NIP di bawah nama %(name)s (%(post)s) di halaman %(page)s bukan NIP yang tercatat.")
NIP_FOUND = Template("NIP %(name)s (%(post)s) tertulis di halaman %(page)s; namanya tidak terbaca.")
SIGNER_ABSENT = Template("Nama dan NIP %(names)s (%(post)s) tidak ditemukan di dalam dokumen.")
ACKNOWLEDGEMENT_FOUND = Template("Bagian Mengetahui ada di halaman %(page)s.")
ACKNOWLEDGEMENT_ABSENT = phrase("Bagian Mengetahui tidak ditemukan di dalam dokumen.")
CONTENT_FOUND = Template("%(content)s: dibahas di halaman %(page)s.", words=("content",))
CONTENT_ABSENT = Template("%(content)s: tidak ditemukan di dalam dokumen.", words=("content",))
SAME_FILE = Template("Berkas yang sama persis sudah dikirim untuk %(title)s.")
SAME_FILE_FOREIGN = Template("Berkas yang sama persis sudah dikirim oleh %(agency)s untuk %(title)s.")
SAME_FILE_ELSEWHERE = phrase("Berkas yang sama persis sudah dikirim oleh perangkat daerah lain.")
SAME_FIGURES = Template("Semua angka dan tanggal di dokumen ini sama dengan yang dikirim untuk %(title)s.")
SAME_FIGURES_FOREIGN = Template(
    "Semua angka dan tanggal di dokumen ini sama dengan yang dikirim oleh %(agency)s untuk %(title)s."
)
SAME_FIGURES_ELSEWHERE = phrase("Semua angka dan tanggal di dokumen ini sama dengan dokumen perangkat daerah lain.")
