"""The criteria of the evaluation worksheet (LKE, PermenPANRB 88/2021) as data, told by the words they need.

A row gives the code and the stems that all have to be in a text; "a|b" means one of them. The wording differs
between regions, so the stems are the few words that all copies share.
"""

from workflows.documents.plan import Component
from workflows.documents.words import holds, words

_PREFIXES = dict(zip(Component, "1234", strict=True))

_CRITERIA: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("1.a.1", ("pedoman", "teknis")),
    ("1.a.2", ("jangka", "panjang")),
    ("1.a.3", ("jangka", "menengah")),
    ("1.a.4", ("jangka", "pendek")),
    ("1.a.5", ("dokumen", "perencanaan", "aktivitas")),
    ("1.a.6", ("dokumen", "perencanaan", "anggaran")),
    ("1.b.1", ("diformalkan",)),
    ("1.b.2", ("publikasi",)),
    ("1.b.3", ("kebutuhan", "kinerja")),
    ("1.b.4", ("rumusan", "tujuan|sasaran|hasil", "jelas")),
    ("1.b.5", ("indikator|ukuran", "smart")),
    ("1.b.6", ("indikator|iku", "utama")),
    ("1.b.7", ("target", "menantang|realisti|achievable")),
    ("1.b.8", ("selaras|cascading",)),
    ("1.b.9", ("crosscutting|lintas",)),
    ("1.b.10", ("unit|satuan", "menetapkan|merumuskan")),
    ("1.b.11", ("pegawai", "menetapkan|merumuskan")),
    ("1.c.1", ("anggaran", "mengacu|mencakup")),
    ("1.c.2", ("aktivitas", "mendukung")),
    ("1.c.3", ("target", "tercapai|dicapai")),
    ("1.c.4", ("aksi|capaian", "dinamis|pantau|mantau|monev|monitoring", "berkala|triwulan|dinamis")),
    ("1.c.5", ("perbaikan|penyempurnaan", "dokumen", "analisis|sebelumnya")),
    ("1.c.6", ("perbaikan|penyempurnaan", "hasil", "lebih")),
    ("1.c.7", ("unit|satuan", "peduli|memahami|komitmen")),
    ("1.c.8", ("pegawai", "peduli|memahami|komitmen")),
    ("2.a.1", ("pedoman", "teknis")),
    ("2.a.2", ("definisi", "operasional")),
    ("2.a.3", ("mekanisme", "pengumpulan")),
    ("2.b.1", ("pimpinan", "keputusan|decision")),
    ("2.b.2", ("data", "relevan")),
    ("2.b.3", ("data", "mendukung")),
    ("2.b.4", ("ukur", "berkala")),
    ("2.b.5", ("level|jenjang", "pantau|mantau|monev|monitoring", "bawah|jenjang|unit")),
    ("2.b.6", ("pengumpulan", "aplikasi|teknologi")),
    ("2.b.7", ("pengukuran", "aplikasi|teknologi")),
    ("2.c.1", ("tunjangan|penghasilan",)),
    ("2.c.2", ("penempatan|penghapusan", "jabatan")),
    ("2.c.3", ("refocusing|organisasi", "penyesuaian|refocusing")),
    ("2.c.4", ("penyesuaian", "strategi")),
    ("2.c.5", ("penyesuaian", "kebijakan")),
    ("2.c.6", ("penyesuaian", "aktivitas")),
    ("2.c.7", ("penyesuaian", "anggaran")),
    ("2.c.8", ("efisien", "anggaran")),
    ("2.c.9", ("unit|satuan", "peduli|memahami|komitmen")),
    ("2.c.10", ("pegawai", "peduli|memahami|komitmen")),
    ("3.a.1", ("laporan", "disusun")),
    ("3.a.2", ("laporan", "disusun", "berkala")),
    ("3.a.3", ("diformalkan",)),
    ("3.a.4", ("direviu|direview",)),
    ("3.a.5", ("publikasi",)),
    ("3.a.6", ("disampaikan|penyampaian", "waktu")),
    ("3.b.1", ("berkualitas", "standar")),
    ("3.b.2", ("seluruh", "informasi", "capaian")),
    ("3.b.3", ("banding", "target", "tahunan")),
    ("3.b.4", ("banding", "target", "menengah")),
    ("3.b.5", ("banding", "realisasi", "tahun", "sebelumnya|lalu")),
    ("3.b.6", ("banding|benchmark", "nasional|benchmark")),
    ("3.b.7", ("hambat|kendala|upaya", "capai|pelaksanaan|kinerja")),
    ("3.b.8", ("efisien", "sumber")),
    ("3.b.9", ("perbaikan|penyempurnaan", "rekomendasi|depan")),
    ("3.c.1", ("perhatian", "pimpinan")),
    ("3.c.2", ("peduli", "pegawai")),
    ("3.c.3", ("penyesuaian", "aktivitas")),
    ("3.c.4", ("penyesuaian", "anggaran")),
    ("3.c.5", ("evaluasi", "keberhasilan")),
    ("3.c.6", ("penyesuaian", "perencanaan")),
    ("3.c.7", ("budaya",)),
    ("4.a.1", ("pedoman|kebijakan", "teknis")),
    ("4.a.2", ("seluruh", "unit|perangkat")),
    ("4.a.3", ("jenjang",)),
    ("4.b.1", ("sesuai", "standar")),
    ("4.b.2", ("sdm|sumber", "memadai")),
    ("4.b.3", ("pendalaman",)),
    ("4.b.5", ("aplikasi|teknologi",)),
    ("4.c.1", ("rekomendasi|laporan|lhe", "tindaklanjut|tindak", "lanjut")),
    ("4.c.2", ("implementasi|penerapan", "meningkat|peningkatan")),
    ("4.c.3", ("dimanfaatkan", "perbaikan")),
    ("4.c.4", ("efektif", "efisien")),
    ("4.c.5", ("kinerja", "memanfaatkan", "perbaikan|peningkatan")),
)


def find_criterion(component: Component, *texts: str | None) -> str | None:
    """Return the code of the criterion that the first telling text is about, None when unsure.

    Of the criteria whose stems are all there, the one that needs most of them is meant. Two equals are a
    doubt, and a doubt is left to the person who confirms the import.
    """
    for text in texts:
        tokens = words(text or "")
        scores = {
            code: len(stems)
            for code, stems in _CRITERIA
            if code[0] == _PREFIXES[component] and all(holds(tokens, stem) for stem in stems)
        }
        best = [code for code, score in scores.items() if score == max(scores.values())]
        if len(best) == 1:
            return best[0]
    return None
