//! What in a text may tell of a private person. Registers of actors hold organisations and roles only.
//!
//! The numbers: Swedish Tax Agency, SKV 704 (personal identity numbers) and SKV 707 (coordination numbers): a date, three
//! digits and a check digit by the Luhn algorithm over the last ten; a coordination number has 60 added to the day.
//!
//! The given names: those that Statistics Sweden's name statistics tell as the most common ones of the population (its
//! article 2012:84, and 2017 as told by the Institute for Language and Folklore on 2018-03-01) and of newborn children
//! (news of 2017-01-31 and 2023-02-13). They are few: who has another name is not recognised by it.

use jiff::civil::Date;

/// What a text may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Personal {
    Phone,
    Email,
    Name,
    /// The date and the digits of an identity number, but not its check digit.
    IdentityNumber,
}

/// Whether a text holds a Swedish personal identity or coordination number with a valid date and check digit, of 10 or 12
/// digits, with or without a mark before the last four.
#[must_use]
pub fn has_identity_number(text: &str) -> bool {
    identity_numbers(text).contains(&true)
}

/// Whether a text holds what has the shape of such a number and its date, but another check digit: a slip of the pen, or
/// something else.
#[must_use]
pub fn has_shape_of_identity_number(text: &str) -> bool {
    identity_numbers(text).contains(&false)
}

/// For all that has the shape and the date of such a number, whether its check digit is right.
fn identity_numbers(text: &str) -> Vec<bool> {
    let letters: Vec<char> = text.chars().collect();
    let starts = (0..letters.len()).filter(|&at| {
        let after = at.checked_sub(1).and_then(|before| letters.get(before));
        letters[at].is_ascii_digit() && !after.is_some_and(char::is_ascii_digit)
    });
    starts.filter_map(|at| checked(&letters[at..])).collect()
}

/// Whether the check digit is right where letters begin with such a number.
fn checked(letters: &[char]) -> Option<bool> {
    let digit = |c: &char| c.to_digit(10).and_then(|digit| u8::try_from(digit).ok());
    let mut digits: Vec<u8> = letters.iter().map_while(digit).collect();
    let mut end = digits.len();
    let marks = letters[end..].iter().take_while(|c| matches!(c, '-' | '+' | '–' | ' ')).count();
    if matches!(digits.len(), 6 | 8) && (1..=3).contains(&marks) {
        let last: Vec<u8> = letters[end + marks..].iter().map_while(digit).collect();
        end += marks + last.len();
        digits.extend(last);
    }
    let closed = letters.get(end).is_none_or(|next| !next.is_ascii_digit());
    let (dated, short) = match digits.as_slice() {
        [_, _, short @ ..] if short.len() == 10 => (has_date(&digits[..4], &short[2..6]), short),
        short if short.len() == 10 => {
            // The century is not said: 1900 and 2000 differ in no month that matters but February.
            let in_century =
                |century: [u8; 2]| has_date(&[&century, &short[..2]].concat(), &short[2..6]);
            (in_century([1, 9]) || in_century([2, 0]), short)
        }
        _ => return None,
    };
    (closed && dated).then(|| luhn(short))
}

fn has_date(year: &[u8], month_and_day: &[u8]) -> bool {
    let number =
        |digits: &[u8]| digits.iter().fold(0_i16, |sum, digit| sum * 10 + i16::from(*digit));
    let (year, month) = (number(year), number(&month_and_day[..2]));
    let day = number(&month_and_day[2..]);
    let day = if day > 60 { day - 60 } else { day };
    let date = i8::try_from(month).ok().zip(i8::try_from(day).ok());
    (1800..2100).contains(&year) && date.is_some_and(|(m, d)| Date::new(year, m, d).is_ok())
}

/// Luhn's check over ten digits: every other doubled from the first, the digits of all summing to a multiple of ten.
fn luhn(digits: &[u8]) -> bool {
    let weigh = |(place, digit): (usize, &u8)| {
        let product = digit * if place % 2 == 0 { 2 } else { 1 };
        u32::from(product / 10 + product % 10)
    };
    digits.iter().enumerate().map(weigh).sum::<u32>() % 10 == 0
}

/// Words in the local part of an address that is nobody's own.
const SHARED_BOXES: [&str; 18] = [
    "info",
    "kontakt",
    "contact",
    "kansli",
    "kansliet",
    "hej",
    "hello",
    "styrelsen",
    "styrelse",
    "office",
    "mail",
    "post",
    "support",
    "press",
    "registrator",
    "expedition",
    "reception",
    "kundtjanst",
];

/// Parts of words that a role has and a name has not.
const ROLES: [&str; 39] = [
    "ansvarig",
    "chef",
    "ledare",
    "ordförande",
    "sekreterare",
    "samordnare",
    "kassör",
    "strateg",
    "utvecklare",
    "kontakt",
    "kansli",
    "styrelse",
    "grupp",
    "förening",
    "vaktmästare",
    "handläggare",
    "manager",
    "coordinator",
    "officer",
    "director",
    "chair",
    "contact",
    "board",
    "team",
    "group",
    "head",
    "lead",
    "treasurer",
    "secretary",
    "reception",
    "info",
    "office",
    "project",
    "projekt",
    "support",
    "rektor",
    "principal",
    "lärare",
    "verksamhet",
];

/// Phone numbers and e-mail addresses of persons, in any text.
#[must_use]
pub fn found_in(text: &str) -> Vec<Personal> {
    let mut found = Vec::new();
    if has_phone(text) {
        found.push(Personal::Phone);
    }
    if text.split([' ', ',', ';', '<', '>', '(', ')']).any(is_personal_email) {
        found.push(Personal::Email);
    }
    found
}

/// Whether a text of a role rather reads as a name: two or three capitalised words, none of which is part of a role.
#[must_use]
pub fn looks_like_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let capitalised = |word: &&str| {
        let mut parts = word.split('-').map(str::chars);
        parts.all(|mut part| {
            part.next().is_some_and(char::is_uppercase) && part.clone().all(char::is_lowercase)
        })
    };
    let lower = text.to_lowercase();
    (2..=3).contains(&words.len())
        && words.iter().all(capitalised)
        && !ROLES.iter().any(|role| lower.contains(role))
}

/// Given names: see the head of the file.
const GIVEN_NAMES: [&str; 31] = [
    "alexander",
    "ali",
    "alice",
    "anders",
    "anna",
    "astrid",
    "ella",
    "elsa",
    "emma",
    "erik",
    "eva",
    "hugo",
    "johan",
    "julia",
    "karin",
    "kristina",
    "lars",
    "liam",
    "lilly",
    "lucas",
    "ludvig",
    "maja",
    "maria",
    "mikael",
    "mohamed",
    "nils",
    "oliver",
    "olivia",
    "oscar",
    "per",
    "william",
];

/// Words after which the name of somebody often stands.
const LEADS_TO_NAME: [&str; 7] = ["c/o", "hos", "ring", "kontakta", "sök", "contact", "call"];

/// Ends of words that name a place or a house, and no person.
const PLACES: [&str; 19] = [
    "gata",
    "gatan",
    "väg",
    "vägen",
    "stråket",
    "plan",
    "torg",
    "torget",
    "gränd",
    "allé",
    "stig",
    "backe",
    "park",
    "kyrka",
    "skola",
    "bibliotek",
    "gård",
    "hus",
    "centrum",
];

/// Whether a text of any kind reads as the name of a private person: it is a common given name and one or two more
/// words, all capitalised; or two such words stand after a word that leads to a name, as `c/o` or `ring`. Names of
/// streets, houses and roles are none.
#[must_use]
pub fn holds_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let given = words.first().and_then(|first| first.split('-').next());
    let given = given.is_some_and(|first| GIVEN_NAMES.contains(&first.to_lowercase().as_str()));
    let after = words.windows(3).any(|three| {
        let lead = three[0].to_lowercase();
        let name = format!("{} {}", three[1], three[2].trim_end_matches([',', '.', ';', ':', ')']));
        LEADS_TO_NAME.contains(&lead.trim_end_matches(':')) && is_of_person(&name)
    });
    after || (given && is_of_person(text))
}

fn is_of_person(text: &str) -> bool {
    let is_place = |word: &str| PLACES.iter().any(|end| word.to_lowercase().ends_with(end));
    looks_like_name(text) && !text.split_whitespace().any(is_place)
}

/// A digit string of 8 to 13 digits after `0` or `+46`, with the marks that phone numbers have.
fn has_phone(text: &str) -> bool {
    let mark = |c: char| matches!(c, ' ' | '-' | '–' | '/' | '(' | ')' | '+');
    let mut runs = text.split(|c: char| !(c.is_ascii_digit() || mark(c)));
    runs.any(|run| {
        let run = run.trim_matches(|c: char| c == ' ' || c == '-' || c == '–' || c == '/');
        let digits = run.chars().filter(char::is_ascii_digit).count();
        (8..=13).contains(&digits)
            && (run.starts_with('0') || run.starts_with('+') || run.starts_with("(0"))
    })
}

fn is_personal_email(word: &str) -> bool {
    let Some((local, domain)) = word.split_once('@') else { return false };
    let shared = |part: &str| SHARED_BOXES.contains(&part);
    domain.contains('.')
        && !local.is_empty()
        && !local.to_lowercase().split(['.', '-', '_']).any(shared)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The Tax Agency's own example is 811218-9876: 8·2 1 1·2 2 1·2 8 9·2 8 7·2 sum to 44, so that the check digit is 6.
    #[test]
    fn identity_numbers_are_found_in_every_form_and_no_others() {
        for held in [
            "811218-9876",
            "8112189876",
            "19811218-9876",
            "198112189876",
            "811218+9876",
            "811218 9876",
            "811218–9876",
            "Kontakt: 811218-9876.",
            "811278-9873",
            "19811278-9873",
        ] {
            assert!(has_identity_number(held), "{held}");
        }
        for free in [
            "811218-9875",
            "811318-9876",
            "811232-9876",
            "8112189876543",
            "1811218-9876",
            "556036-0793",
            "08-123 45 67",
            "2026-05-14",
            "163 72",
            "",
            "202100-5489",
        ] {
            assert!(!has_identity_number(free), "{free}");
        }
    }

    #[test]
    fn phones_and_addresses_of_persons_are_found_and_shared_ones_are_not() {
        assert_eq!(found_in("070-123 45 67"), [Personal::Phone]);
        assert_eq!(found_in("+46 70 123 45 67"), [Personal::Phone]);
        assert_eq!(found_in("anna.ek@example.se"), [Personal::Email]);
        assert_eq!(found_in("Kansliet, info@example.se"), []);
        assert_eq!(found_in("Rinkebystråket 12, 163 72 Spånga"), []);
        assert_eq!(found_in("öppet 10-18, 2026-05-14"), []);
    }

    #[test]
    fn a_name_is_told_from_a_role() {
        for name in ["Anna Ek", "Anna-Karin Ek", "Anna Maria Ek"] {
            assert!(looks_like_name(name), "{name}");
        }
        for role in
            ["Ordförande", "Project Manager", "Vice Ordförande", "coordinator", "IT Support", ""]
        {
            assert!(!looks_like_name(role), "{role}");
        }
    }

    #[test]
    fn a_wrong_check_digit_is_told_from_no_number_at_all() {
        for held in ["811218-9875", "19811218-9875", "8112189870"] {
            assert!(has_shape_of_identity_number(held) && !has_identity_number(held), "{held}");
        }
        for free in ["811218-9876", "811318-9876", "556036-0793", "2026-05-14", "163 72", ""] {
            assert!(!has_shape_of_identity_number(free), "{free}");
        }
    }

    #[test]
    fn a_private_person_is_told_from_organisations_and_streets() {
        for held in [
            "Anna Ek",
            "Anna-Karin Ek",
            "Erik Johan Ek",
            "c/o Berit Ek, Rinkebystråket 12",
            "Öppet efter sex, ring Berit Ek.",
        ] {
            assert!(holds_name(held), "{held}");
        }
        for free in [
            "Digidem Lab",
            "Cykelfrämjandet",
            "Zero Waste Stockholm",
            "ElectriCITY",
            "Kista Science City",
            "Kungliga Djurgårdens intressenter",
            "Anna Lindhs gata 5",
            "Maria Prästgårdsgata",
            "Maria Magdalena församling",
            "hos Kista Bibliotek",
            "kontakta Kansliet",
            "Per Albin Hanssons väg",
            "Rinkeby Folkets Hus",
            "",
        ] {
            assert!(!holds_name(free), "{free}");
        }
    }

    proptest! {
        /// Of the ten last digits to a date and number, exactly one makes it valid.
        #[test]
        fn one_check_digit_of_ten_is_valid(year in 0_u8..100, month in 1_u8..13, day in 1_u8..29, number in 0_u16..1000) {
            let valid = (0..10).filter(|last| {
                has_identity_number(&format!("{year:02}{month:02}{day:02}-{number:03}{last}"))
            });
            prop_assert_eq!(valid.count(), 1);
        }
    }
}
