//! `codes!` declares a closed list of codes: the enum, its names in the data, and what each means.

/// Declares a closed list of codes: an enum on `u8` that knows its variants, names and meanings. It is kept as its code.
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $code:literal, $text:literal, $doc:literal;)+ }) => {
        $(#[$meta])*
        #[derive(
            Debug, PartialOrd, Ord, Hash,
            enumset::EnumSetType,
            strum::VariantArray, strum::FromRepr, strum::EnumString,
            serde_repr::Serialize_repr, serde_repr::Deserialize_repr,
        )]
        #[repr(u8)]
        pub enum $name { $(#[doc = $doc] #[strum(serialize = $text)] $variant = $code,)+ }

        impl $name {
            /// Every code, in order.
            pub const ALL: &'static [$name] = <$name as strum::VariantArray>::VARIANTS;

            /// Code, name and meaning of each, in order.
            pub const WORDS: &'static [(u8, &'static str, &'static str)] = &[$(($code, $text, $doc)),+];

            /// Returns the name that the data carries.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }

            /// Returns one line on what it means.
            pub const fn doc(self) -> &'static str {
                match self { $($name::$variant => $doc,)+ }
            }

            /// Returns the code's variant, if there is one.
            pub const fn from_code(code: u8) -> Option<$name> {
                $name::from_repr(code)
            }

            /// Returns the variant with this name, if there is one.
            pub fn from_name(name: &str) -> Option<$name> {
                name.parse().ok()
            }
        }
    };
}
pub(crate) use codes;
