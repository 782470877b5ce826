"""The sentences of findings that hold values.

They stand apart from the checks because the pages recognise them again in a stored report, and what pages import must
not bring a reader of foreign files along.
"""

from workflows.core.sentences import Template, phrase

BLANK_PAGES = Template("Halaman kosong: %(pages)s.")
MORE_BLANK_PAGES = Template("Halaman kosong: %(pages)s dan %(more)s lainnya.")
PAGE_TOO_LARGE = Template("Isi halaman %(page)s mengembang jauh di atas ukuran yang wajar dan tidak diperiksa.")
PAGE_UNREADABLE = Template(
    "Isi halaman %(page)s rusak, jadi mungkin tidak tampil utuh. Bandingkan dengan dokumen aslinya."
)
LEADING_BYTES = Template("Ada %(count)s bita asing sebelum awal PDF.")
OTHER_KIND = Template(
    "Berkas ini bukan PDF (tampaknya %(kind)s). Simpan atau cetak dokumen sebagai PDF, lalu unggah hasilnya.",
    words=("kind",),
)
TOO_LARGE = Template(
    "Berkas berukuran %(size)s MB, di atas %(limit)s MB. Pindai dengan resolusi 200–300 dpi agar mudah dibuka."
)
ATTACHMENTS = Template("PDF memuat berkas lampiran: %(names)s. Unggah lampiran sebagai berkas tersendiri.")
MORE_ATTACHMENTS = Template(
    "PDF memuat berkas lampiran: %(names)s dan %(more)s lainnya. Unggah lampiran sebagai berkas tersendiri."
)
SUPPORTING_MALWARE = Template(
    "Berkas pendukung nomor %(numbers)s mengandung virus atau program berbahaya, jadi seluruh kiriman ditolak."
)
CHECK_FAILED = Template("Pemeriksaan '%(name)s' tidak selesai pada berkas ini (%(error)s).")
ONE_READER = Template(
    "Hanya satu dari dua pembaca PDF yang dapat membuka berkas ini (%(pages)s halaman). "
    "Buka dokumen aslinya, simpan ulang sebagai PDF, lalu unggah lagi."
)
READERS_DISAGREE = Template(
    "Dua pembaca PDF tidak sepakat tentang jumlah halaman (%(ours)s dan %(theirs)s). "
    "Buka dokumen aslinya, simpan ulang sebagai PDF, lalu unggah lagi."
)
PASTED_SIGNATURE = Template(
    "Halaman %(page)s memuat gambar di tempat tanda tangan (mungkin tempelan tanda tangan atau kode QR), tanpa tanda "
    "tangan elektronik di dalam berkas; minta seseorang menilainya."
)
HUGE_PICTURE = Template(
    "PDF memuat gambar yang mengaku berukuran %(size)s juta titik, di atas %(limit)s juta, sehingga mungkin tidak "
    "dapat ditampilkan. Pindai dengan resolusi 200–300 dpi, lalu unggah lagi."
)
SIGNATURES_INTACT = Template("PDF memuat %(count)s tanda tangan elektronik, dan semuanya utuh.")
SIGNATURES_BROKEN = Template(
    "%(count)s tanda tangan elektronik rusak: isi yang ditandatangani sudah berubah. "
    "Unggah berkas asli dari penandatangan, tanpa disimpan ulang."
)
SIGNATURES_CHANGED = Template(
    "Isi berkas diubah setelah %(count)s tanda tangan elektronik dibubuhkan. "
    "Unggah berkas asli dari penandatangan, atau minta evaluator membandingkannya."
)
SIGNATURES_UNVERIFIED = Template(
    "%(count)s tanda tangan elektronik tidak dapat diperiksa. "
    "Periksa berkas ini di situs pemeriksa resmi, atau minta evaluator melihatnya."
)
SIGNATURES_UNTRUSTED = Template(
    "%(count)s tanda tangan elektronik berasal dari penerbit yang tidak ada di daftar kepercayaan. "
    "Periksa berkas ini di situs pemeriksa resmi, atau minta pengelola menambahkan penerbitnya."
)
SIGNATURES_WITHOUT_LIST = Template(
    "Penerbit %(count)s tanda tangan elektronik belum dapat dipastikan karena daftar kepercayaan belum dipasang. "
    "Minta pengelola memasangnya, atau periksa berkas ini di situs pemeriksa resmi."
)
SIGNATURES_REVOKED = Template(
    "%(count)s tanda tangan elektronik dibubuhkan dengan sertifikat yang sudah dicabut. "
    "Minta penandatangan menandatangani ulang dengan sertifikat yang berlaku."
)
SIGNATURES_EXPIRED = Template(
    "Sertifikat %(count)s tanda tangan elektronik sudah habis masa berlakunya, dan tidak ada cap waktu tepercaya yang "
    "membuktikan kapan ditandatangani. Minta evaluator menilainya."
)
SIGNATURES_UNSUITABLE = Template(
    "Sertifikat %(count)s tanda tangan elektronik tidak memenuhi syarat. "
    "Periksa berkas ini di situs pemeriksa resmi, atau minta evaluator menilainya."
)
SIGNATURES_EXPIRED_SINCE = Template(
    "Sertifikat %(count)s tanda tangan elektronik berlaku saat ditandatangani dan habis masa berlakunya setelah itu."
)
MORE_SIGNATURES = Template("PDF memuat %(count)s tanda tangan elektronik; hanya %(judged)s yang diperiksa.")
MALWARE = Template(
    "Pemindai virus menemukan %(name)s di berkas ini, jadi berkas tidak diterima. Jangan buka berkasnya; "
    "minta petugas TI memeriksa komputer asalnya, lalu unggah PDF yang dibuat ulang."
)
STRAY_SIGNATURES = Template("PDF memuat %(count)s tanda tangan elektronik yang tidak terhubung ke kolom tanda tangan.")
UNREAD_FIELDS = Template(
    "%(count)s kolom formulir PDF tidak dapat dibaca, jadi tanda tangan elektronik di dalamnya mungkin terlewat. "
    "Periksa berkas ini di situs pemeriksa resmi, atau minta evaluator melihatnya."
)
SIGNATURE_LOST = phrase(
    "PDF ini pernah memuat tanda tangan elektronik, tetapi sekarang tidak ada yang dapat dibaca. "
    "Unggah berkas asli dari penandatangan, tanpa disimpan ulang."
)
