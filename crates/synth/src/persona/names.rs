//! Names to draw from: common ones of many languages, paired at random, so that nobody is meant.
//!
//! A surname that differs by sex is written `male/female`; a name of another script is written
//! `romanised=original`.

/// Names that go together.
pub(super) struct Culture {
    /// Surnames.
    pub surnames: &'static [&'static str],
    /// Given names of women.
    pub female: &'static [&'static str],
    /// Given names of men.
    pub male: &'static [&'static str],
    /// Share of people with two given names.
    pub second_name: f64,
    /// Share of people with two surnames.
    pub second_surname: f64,
}

/// A romanised name and, for other scripts, the original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub latin: &'static str,
    pub original: Option<&'static str>,
}

impl Name {
    /// Reads the notation of this module; `female` chooses among a surname's two forms.
    pub(super) fn read(entry: &'static str, female: bool) -> Self {
        let (male_form, female_form) = entry.split_once('/').unwrap_or((entry, entry));
        let form = if female { female_form } else { male_form };
        match form.split_once('=') {
            Some((latin, original)) => Self { latin, original: Some(original) },
            None => Self { latin: form, original: None },
        }
    }
}

/// Every culture, drawn with equal chances.
pub(super) const CULTURES: &[Culture] = &[
    // Scandinavian
    Culture {
        surnames: &[
            "Halvorsen",
            "Lindqvist",
            "Sørensen",
            "Bjørnstad",
            "Åkerlund",
            "Nygård",
            "Ødegaard",
            "Hägglund",
            "Kjær",
            "Strømme",
            "Östberg",
            "Rasmussen",
            "Sjöholm",
            "Dahlgren",
        ],
        female: &["Ingrid", "Åsa", "Solveig", "Linnéa", "Maja", "Sigrid", "Märta", "Freja", "Tuva", "Astrid"],
        male: &["Bjørn", "Håkon", "Lars", "Søren", "Jörgen", "Oskar", "Torsten", "Åge", "Mikkel", "Viktor"],
        second_name: 0.5,
        second_surname: 0.05,
    },
    // German
    Culture {
        surnames: &[
            "Köhler",
            "Brandt",
            "Schäfer",
            "Weiß",
            "Großmann",
            "Vogel",
            "Jäger",
            "Krüger",
            "Hofmann",
            "Böttcher",
            "Lindner",
            "Müllenbach",
            "Roth",
            "Seidel",
        ],
        female: &["Anneliese", "Jördis", "Greta", "Käthe", "Lena", "Ursula", "Marlene", "Friederike", "Zoë"],
        male: &["Jürgen", "Matthias", "Götz", "Emil", "Konrad", "Günther", "Felix", "Sören", "Anton"],
        second_name: 0.4,
        second_surname: 0.05,
    },
    // French
    Culture {
        surnames: &[
            "Lefèvre",
            "Besançon",
            "Garnier",
            "Brûlé",
            "Delacôte",
            "Fournier",
            "Gérard",
            "Marchand",
            "Noël",
            "Rousselot",
            "Tessier",
            "Hébert",
        ],
        female: &["Chloé", "Hélène", "Margaux", "Inès", "Anaïs", "Léonie", "Céline", "Françoise", "Adèle"],
        male: &["Benoît", "François", "Théo", "Loïc", "Rémi", "Étienne", "Jérôme", "Luc", "Gaël"],
        second_name: 0.45,
        second_surname: 0.1,
    },
    // Spanish
    Culture {
        surnames: &[
            "Ibáñez",
            "Peña",
            "Castañeda",
            "Gutiérrez",
            "Montoya",
            "Muñoz",
            "Cárdenas",
            "Salazar",
            "Quiñones",
            "Echeverría",
            "Núñez",
            "Valdés",
        ],
        female: &["Begoña", "Lucía", "Inmaculada", "Ximena", "Rocío", "Sofía", "Belén", "Marisol", "Itzel"],
        male: &["Andrés", "Íñigo", "Joaquín", "Mateo", "Raúl", "Ramón", "Tomás", "Gonzalo", "Adrián"],
        second_name: 0.4,
        second_surname: 0.85,
    },
    // Portuguese
    Culture {
        surnames: &[
            "Gonçalves",
            "Simões",
            "Magalhães",
            "Araújo",
            "Carvalho",
            "Fontão",
            "Brandão",
            "Conceição",
            "Leitão",
            "Teixeira",
            "Assunção",
        ],
        female: &["Inês", "Conceição", "Thaís", "Luísa", "Beatriz", "Graça", "Leonor", "Assunção"],
        male: &["João", "Sebastião", "Gonçalo", "Caetano", "Estêvão", "Tiago", "Inácio", "Rui"],
        second_name: 0.5,
        second_surname: 0.6,
    },
    // Polish
    Culture {
        surnames: &[
            "Wiśniewski/Wiśniewska",
            "Dąbrowski/Dąbrowska",
            "Zieliński/Zielińska",
            "Wójcik",
            "Woźniak",
            "Gołąb",
            "Kaźmierczak",
            "Żukowski/Żukowska",
            "Piątek",
            "Łukasik",
        ],
        female: &["Małgorzata", "Agnieszka", "Żaneta", "Bożena", "Zofia", "Łucja", "Elżbieta", "Hanna"],
        male: &["Łukasz", "Paweł", "Michał", "Stanisław", "Tomasz", "Błażej", "Jędrzej", "Grzegorz"],
        second_name: 0.4,
        second_surname: 0.08,
    },
    // Czech and Slovak
    Culture {
        surnames: &[
            "Dvořák/Dvořáková",
            "Černý/Černá",
            "Růžička/Růžičková",
            "Kučera/Kučerová",
            "Šťastný/Šťastná",
            "Žďárský/Žďárská",
            "Hořejší",
            "Ďurica/Ďuricová",
            "Mlynář/Mlynářová",
        ],
        female: &["Tereza", "Ľubica", "Kateřina", "Božena", "Zdeňka", "Růžena", "Eliška", "Anežka"],
        male: &["Jiří", "Ondřej", "Matěj", "Luboš", "Tomáš", "Vojtěch", "Ľudovít", "Štěpán"],
        second_name: 0.12,
        second_surname: 0.05,
    },
    // Hungarian
    Culture {
        surnames: &[
            "Szűcs",
            "Fehérvári",
            "Kőszegi",
            "Nagy",
            "Török",
            "Bíró",
            "Gyöngyösi",
            "Lőrincz",
            "Sütő",
            "Erdős",
        ],
        female: &["Erzsébet", "Réka", "Piroska", "Ildikó", "Zsófia", "Boglárka", "Tünde", "Ágnes"],
        male: &["László", "György", "Szilárd", "Ákos", "Gergő", "Bálint", "Lőrinc", "Zoltán"],
        second_name: 0.25,
        second_surname: 0.04,
    },
    // Romanian
    Culture {
        surnames: &[
            "Țurcanu",
            "Păunescu",
            "Ionașcu",
            "Brâncuș",
            "Mătăsaru",
            "Vlădescu",
            "Știrbei",
            "Codreanu",
            "Lungu",
        ],
        female: &["Ștefania", "Anca", "Măriuca", "Ilinca", "Brândușa", "Ioana", "Ruxandra", "Crăița"],
        male: &["Ștefan", "Răzvan", "Mihăiță", "Ionuț", "Călin", "Horațiu", "Bogdan", "Sandu"],
        second_name: 0.4,
        second_surname: 0.06,
    },
    // Turkish
    Culture {
        surnames: &[
            "Yıldız", "Öztürk", "Çelik", "Şahin", "Doğan", "Kılıç", "Güneş", "Aydın", "Gökçe", "Işık",
        ],
        female: &["Ayşe", "Gülşen", "Çiğdem", "Zeynep", "İrem", "Özlem", "Nilüfer", "Şule"],
        male: &["Oğuz", "Çağlar", "Mehmet", "İbrahim", "Ömer", "Yiğit", "Şükrü", "Barış"],
        second_name: 0.3,
        second_surname: 0.04,
    },
    // Icelandic
    Culture {
        surnames: &[
            "Þórsson/Þórsdóttir",
            "Guðmundsson/Guðmundsdóttir",
            "Ragnarsson/Ragnarsdóttir",
            "Einarsson/Einarsdóttir",
            "Sæmundsson/Sæmundsdóttir",
            "Friðriksson/Friðriksdóttir",
        ],
        female: &["Guðrún", "Þórunn", "Sólveig", "Ásdís", "Bergþóra", "Hrafnhildur"],
        male: &["Þorsteinn", "Guðjón", "Ægir", "Sigurður", "Björgvin", "Davíð"],
        second_name: 0.5,
        second_surname: 0.0,
    },
    // Baltic
    Culture {
        surnames: &[
            "Bērziņš/Bērziņa",
            "Kalniņš/Kalniņa",
            "Ozoliņš/Ozoliņa",
            "Žukauskas/Žukauskienė",
            "Šimkus/Šimkienė",
            "Põldmaa",
            "Jõgi",
            "Rüütel",
        ],
        female: &["Līga", "Rūta", "Jūratė", "Kristīne", "Õie", "Dzintra", "Eglė", "Mārīte"],
        male: &["Jānis", "Kęstutis", "Ūdris", "Mārtiņš", "Tõnu", "Andrejs", "Žygimantas", "Sten"],
        second_name: 0.2,
        second_surname: 0.06,
    },
    // English and Irish
    Culture {
        surnames: &[
            "Ashworth",
            "O'Sullivan",
            "Whitcombe",
            "McAllister",
            "Fairbairn",
            "O'Brádaigh",
            "Penhallow",
            "Thackeray",
            "Llewellyn",
            "Hargreaves",
            "D'Arcy",
            "Wren",
        ],
        female: &[
            "Eleanor",
            "Siobhán",
            "Harriet",
            "Aoife",
            "Rosalind",
            "Gwenllian",
            "Maeve",
            "Imogen",
            "Ruth",
        ],
        male: &["Callum", "Pádraig", "Edmund", "Rhys", "Seán", "Alistair", "Owen", "Desmond", "Guy"],
        second_name: 0.65,
        second_surname: 0.08,
    },
    // Italian
    Culture {
        surnames: &[
            "Bellincioni",
            "Dall'Acqua",
            "Moretti",
            "Cantù",
            "De Santis",
            "Zanetti",
            "Nicolò",
            "Ferrara",
            "Di Marzo",
        ],
        female: &["Chiara", "Beatrice", "Ginevra", "Mariù", "Fiammetta", "Lucrezia", "Noemi", "Ilaria"],
        male: &["Niccolò", "Lorenzo", "Gioele", "Matteo", "Ettore", "Corrado", "Luca", "Giosuè"],
        second_name: 0.2,
        second_surname: 0.05,
    },
    // East and South Asian romanisations
    Culture {
        surnames: &[
            "Watanabe",
            "Takahashi",
            "Kobayashi",
            "Park",
            "Choi",
            "Zhang",
            "Liang",
            "Ouyang",
            "Fujimoto",
            "Seo",
        ],
        female: &["Haruka", "Misaki", "Jiwoo", "Xiulan", "Meiling", "Sakura", "Yuna", "Minseo"],
        male: &["Kenji", "Daichi", "Minjun", "Haoran", "Wei", "Ryota", "Jihoon", "Takumi"],
        second_name: 0.0,
        second_surname: 0.0,
    },
    Culture {
        surnames: &[
            "Chaudhary",
            "Iyer",
            "Banerjee",
            "Deshpande",
            "Kulkarni",
            "Sandhu",
            "Fernando",
            "Perera",
            "Rao",
            "Mistry",
        ],
        female: &["Ananya", "Lakshmi", "Priyanka", "Kavitha", "Meera", "Nandini", "Dilani", "Asha"],
        male: &["Arjun", "Rohan", "Vikram", "Sanjay", "Nuwan", "Karthik", "Devendra", "Ishaan"],
        second_name: 0.15,
        second_surname: 0.0,
    },
    // African
    Culture {
        surnames: &[
            "Okonkwo",
            "Adébáyò",
            "Mensah",
            "N'Diaye",
            "Mwangi",
            "Dlamini",
            "Traoré",
            "Abebe",
            "Keïta",
            "Nkosi",
        ],
        female: &["Chidinma", "Ayodélé", "Aminata", "Wanjiru", "Nomvula", "Abena", "Fatoumata", "Selam"],
        male: &["Kwame", "Olúfemi", "Sékou", "Kamau", "Sipho", "Chukwuemeka", "Tesfaye", "Moussa"],
        second_name: 0.3,
        second_surname: 0.05,
    },
    // Arabic romanisations
    Culture {
        surnames: &[
            "Al-Khatib",
            "Haddad",
            "Ben Youssef",
            "El-Masri",
            "Mansour",
            "Bouazizi",
            "Al-Farsi",
            "Qabbani",
            "Saïdi",
        ],
        female: &["Layla", "Yasmine", "Noor", "Samira", "Hanan", "Rania", "Zahra", "Maïssa"],
        male: &["Karim", "Youssef", "Tariq", "Bilal", "Idris", "Nabil", "Faisal", "Zaïd"],
        second_name: 0.2,
        second_surname: 0.03,
    },
    // Greek
    Culture {
        surnames: &[
            "Papadopoulos=Παπαδόπουλος/Papadopoulou=Παπαδοπούλου",
            "Georgiou=Γεωργίου",
            "Nikolaidis=Νικολαΐδης/Nikolaidou=Νικολαΐδου",
            "Vlachos=Βλάχος/Vlachou=Βλάχου",
            "Makris=Μακρής/Makri=Μακρή",
            "Kallergis=Καλλέργης/Kallergi=Καλλέργη",
        ],
        female: &[
            "Eleni=Ελένη",
            "Despoina=Δέσποινα",
            "Kalliopi=Καλλιόπη",
            "Foteini=Φωτεινή",
            "Anthi=Ανθή",
            "Zoi=Ζωή",
        ],
        male: &[
            "Dimitrios=Δημήτριος",
            "Stavros=Σταύρος",
            "Nikos=Νίκος",
            "Georgios=Γεώργιος",
            "Ilias=Ηλίας",
            "Petros=Πέτρος",
        ],
        second_name: 0.05,
        second_surname: 0.0,
    },
    // Bulgarian
    Culture {
        surnames: &[
            "Dimitrov=Димитров/Dimitrova=Димитрова",
            "Stoyanov=Стоянов/Stoyanova=Стоянова",
            "Zhelev=Желев/Zheleva=Желева",
            "Tsvetkov=Цветков/Tsvetkova=Цветкова",
            "Hristov=Христов/Hristova=Христова",
            "Iliev=Илиев/Ilieva=Илиева",
        ],
        female: &[
            "Desislava=Десислава",
            "Yordanka=Йорданка",
            "Radka=Радка",
            "Tsvetana=Цветана",
            "Maria=Мария",
            "Albena=Албена",
        ],
        male: &["Georgi=Георги", "Plamen=Пламен", "Hristo=Христо", "Boyan=Боян", "Stoyan=Стоян", "Asen=Асен"],
        second_name: 0.0,
        second_surname: 0.0,
    },
    // Ukrainian
    Culture {
        surnames: &[
            "Shevchuk=Шевчук",
            "Kovalenko=Коваленко",
            "Bondarchuk=Бондарчук",
            "Tkachenko=Ткаченко",
            "Melnyk=Мельник",
            "Lysenko=Лисенко",
            "Hrytsenko=Гриценко",
        ],
        female: &[
            "Oksana=Оксана",
            "Olena=Олена",
            "Kateryna=Катерина",
            "Daryna=Дарина",
            "Mariia=Марія",
            "Halyna=Галина",
        ],
        male: &[
            "Taras=Тарас",
            "Andrii=Андрій",
            "Bohdan=Богдан",
            "Mykola=Микола",
            "Ostap=Остап",
            "Vasyl=Василь",
        ],
        second_name: 0.0,
        second_surname: 0.0,
    },
];

/// Towns of the fictional state.
pub(super) const TOWNS: &[&str] = &[
    "Amaurot",
    "Anyderport",
    "Polyleria",
    "Nova Utopo",
    "Marbordo",
    "Altmonto",
    "Verdvalo",
    "Lumhaveno",
    "Ĉefurbo",
    "Sankta Hajno",
    "Ŝtonponto",
    "Ĝojokampo",
    "Belakvo",
    "Nordrivero",
    "Oraĵa Kruco",
    "Malnova Pordo",
];

/// Streets of the fictional state.
pub(super) const STREETS: &[&str] = &[
    "Strato de la Paco",
    "Tilia Avenuo",
    "Placo More",
    "Rivera Vojo",
    "Haven-Strato",
    "Muelista Vojo",
    "Strato Esperanto",
    "Suda Promenado",
    "Pontostrato",
    "Ĝardena Aleo",
    "Ŝlosila Strato",
    "Monteta Vojo",
];

/// Offices that issue documents.
pub(super) const AUTHORITIES: &[&str] =
    &["Amaurot Central", "Marbordo", "Altmonto", "Lumhaveno", "Anyderport"];

#[cfg(test)]
mod tests {
    use super::*;

    /// A state's romanisation: letters, those at the start of a word, and endings, each before what is shorter.
    struct Standard {
        start: &'static [(&'static str, &'static str)],
        end: &'static [(&'static str, &'static str)],
        letters: &'static [(&'static str, &'static str)],
    }

    /// ELOT 743 (ISO 843), as Greek passports have it. Stress marks are taken off before.
    const GREEK: Standard = Standard {
        start: &[("μπ", "b")],
        end: &[],
        letters: &[
            ("αυ", "av"),
            ("ευ", "ev"),
            ("ου", "ou"),
            ("γγ", "ng"),
            ("α", "a"),
            ("β", "v"),
            ("γ", "g"),
            ("δ", "d"),
            ("ε", "e"),
            ("ζ", "z"),
            ("η", "i"),
            ("θ", "th"),
            ("ι", "i"),
            ("κ", "k"),
            ("λ", "l"),
            ("μ", "m"),
            ("ν", "n"),
            ("ξ", "x"),
            ("ο", "o"),
            ("π", "p"),
            ("ρ", "r"),
            ("σ", "s"),
            ("ς", "s"),
            ("τ", "t"),
            ("υ", "y"),
            ("φ", "f"),
            ("χ", "ch"),
            ("ψ", "ps"),
            ("ω", "o"),
        ],
    };

    /// Bulgaria's Transliteration Act of 2009.
    const BULGARIAN: Standard = Standard {
        start: &[],
        end: &[("ия", "ia")],
        letters: &[
            ("а", "a"),
            ("б", "b"),
            ("в", "v"),
            ("г", "g"),
            ("д", "d"),
            ("е", "e"),
            ("ж", "zh"),
            ("з", "z"),
            ("и", "i"),
            ("й", "y"),
            ("к", "k"),
            ("л", "l"),
            ("м", "m"),
            ("н", "n"),
            ("о", "o"),
            ("п", "p"),
            ("р", "r"),
            ("с", "s"),
            ("т", "t"),
            ("у", "u"),
            ("ф", "f"),
            ("х", "h"),
            ("ц", "ts"),
            ("ч", "ch"),
            ("ш", "sh"),
            ("щ", "sht"),
            ("ъ", "a"),
            ("ь", "y"),
            ("ю", "yu"),
            ("я", "ya"),
        ],
    };

    /// Ukraine's Cabinet of Ministers, resolution 55 of 2010.
    const UKRAINIAN: Standard = Standard {
        start: &[("є", "ye"), ("ї", "yi"), ("й", "y"), ("ю", "yu"), ("я", "ya")],
        end: &[],
        letters: &[
            ("зг", "zgh"),
            ("а", "a"),
            ("б", "b"),
            ("в", "v"),
            ("г", "h"),
            ("ґ", "g"),
            ("д", "d"),
            ("е", "e"),
            ("є", "ie"),
            ("ж", "zh"),
            ("з", "z"),
            ("и", "y"),
            ("і", "i"),
            ("ї", "i"),
            ("й", "i"),
            ("к", "k"),
            ("л", "l"),
            ("м", "m"),
            ("н", "n"),
            ("о", "o"),
            ("п", "p"),
            ("р", "r"),
            ("с", "s"),
            ("т", "t"),
            ("у", "u"),
            ("ф", "f"),
            ("х", "kh"),
            ("ц", "ts"),
            ("ч", "ch"),
            ("ш", "sh"),
            ("щ", "shch"),
            ("ь", ""),
            ("ю", "iu"),
            ("я", "ia"),
        ],
    };

    fn romanised(name: &str, standard: &Standard) -> Option<String> {
        const STRESS: [(char, char); 8] =
            [('ά', 'α'), ('έ', 'ε'), ('ή', 'η'), ('ί', 'ι'), ('ό', 'ο'), ('ύ', 'υ'), ('ώ', 'ω'), ('ΐ', 'ι')];
        let plain = |c: char| STRESS.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
        let name: String = name.to_lowercase().chars().map(plain).collect();
        let (mut rest, mut out) = (name.as_str(), String::new());
        while !rest.is_empty() {
            let at_start =
                standard.start.iter().filter(|_| out.is_empty()).find(|(s, _)| rest.starts_with(s));
            let at_end = standard.end.iter().find(|(s, _)| rest == *s);
            let (from, to) =
                at_start.or(at_end).or_else(|| standard.letters.iter().find(|(s, _)| rest.starts_with(s)))?;
            out.push_str(to);
            rest = &rest[from.len()..];
        }
        Some(out)
    }

    /// Names of other scripts are spelt in Latin as the passports of where they are at home spell them.
    #[test]
    fn names_of_other_scripts_are_romanised_by_their_states_standard() {
        let mut checked = 0;
        for culture in CULTURES {
            let entries = [culture.surnames, culture.female, culture.male].concat();
            let names: Vec<Name> = entries
                .iter()
                .flat_map(|entry| [true, false].map(|female| Name::read(entry, female)))
                .collect();
            if names.iter().all(|name| name.original.is_none()) {
                continue;
            }
            let fits = |standard: &Standard| {
                names.iter().all(|name| {
                    let latin = name.original.and_then(|original| romanised(original, standard));
                    latin.as_deref() == Some(name.latin.to_lowercase().as_str())
                })
            };
            let fitting = [GREEK, BULGARIAN, UKRAINIAN].iter().filter(|standard| fits(standard)).count();
            assert_eq!(fitting, 1, "{:?}", names);
            checked += 1;
        }
        assert!(checked >= 3);
    }
}
