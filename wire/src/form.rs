//! Data forms (XEP-0004) as far as archives, discovery and settings need them. Left out: `<reported/>`,
//! `<item/>`, media; validation (XEP-0122) is the business of whoever reads the values.

use minidom::Element;

use crate::ns;
use crate::xml::el;

/// A form.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Form {
    /// `form`, `submit`, `cancel` or `result`.
    pub kind: String,
    /// A heading.
    pub title: Option<String>,
    /// The fields in their order.
    pub fields: Vec<Field>,
}

/// A field.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Field {
    /// Its name.
    pub var: String,
    /// `text-single`, `list-single`, `boolean` …; empty if not said.
    pub kind: String,
    /// Its name for people.
    pub label: Option<String>,
    /// Whether it must be filled in.
    pub is_required: bool,
    /// What is or may be in it.
    pub values: Vec<String>,
    /// What to choose from: label and value.
    pub options: Vec<(Option<String>, String)>,
}

impl Field {
    /// A field with one value and no type, as forms are submitted.
    pub fn new(var: &str, value: impl Into<String>) -> Self {
        Self { var: var.into(), values: vec![value.into()], ..Self::default() }
    }

    /// A field of a type, for people to fill in.
    pub fn asked(var: &str, kind: &str, label: &str, value: Option<String>) -> Self {
        Self {
            var: var.into(),
            kind: kind.into(),
            label: Some(label.into()),
            values: value.into_iter().collect(),
            ..Self::default()
        }
    }

    fn element(&self) -> Element {
        let text = |name: &str, text: &str| el(name, ns::FORM).text(text);
        let kind = (!self.kind.is_empty()).then_some(self.kind.as_str());
        let var = (!self.var.is_empty()).then_some(self.var.as_str());
        let option = |(label, value): &(Option<String>, String)| {
            el("option", ns::FORM).maybe("label", label.as_ref()).child(text("value", value))
        };
        el("field", ns::FORM)
            .maybe("var", var)
            .maybe("type", kind)
            .maybe("label", self.label.as_ref())
            .children(self.is_required.then(|| el("required", ns::FORM)))
            .children(self.values.iter().map(|value| text("value", value)))
            .children(self.options.iter().map(option))
            .build()
    }

    fn from_element(field: &Element) -> Self {
        let own = |parent: &Element, name: &'static str| -> Vec<String> {
            let named = parent.children().filter(|child| child.is(name, ns::FORM));
            named.map(Element::text).collect()
        };
        let options = field.children().filter(|child| child.is("option", ns::FORM));
        Self {
            var: field.attr("var").unwrap_or_default().into(),
            kind: field.attr("type").unwrap_or_default().into(),
            label: field.attr("label").map(Into::into),
            is_required: field.has_child("required", ns::FORM),
            values: own(field, "value"),
            options: options
                .filter_map(|option| {
                    let value = own(option, "value").into_iter().next()?;
                    Some((option.attr("label").map(Into::into), value))
                })
                .collect(),
        }
    }
}

impl Form {
    /// A form of this type for this purpose (XEP-0068: the hidden field `FORM_TYPE`).
    pub fn new(kind: &str, form_type: &str) -> Self {
        let mut purpose = Field::new("FORM_TYPE", form_type);
        // XEP-0068 §3: hidden, except in submissions, where the type of a field need not be said.
        if kind != "submit" {
            purpose.kind = "hidden".into();
        }
        Self { kind: kind.into(), title: None, fields: vec![purpose] }
    }

    /// With one field more.
    #[must_use]
    pub fn with(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    /// What the form is for.
    pub fn form_type(&self) -> Option<&str> {
        self.value("FORM_TYPE")
    }

    /// The first value of a field.
    pub fn value(&self, var: &str) -> Option<&str> {
        self.values(var).first().map(String::as_str)
    }

    /// All values of a field.
    pub fn values(&self, var: &str) -> &[String] {
        let field = self.fields.iter().find(|field| field.var == var);
        field.map_or(&[], |field| &field.values)
    }

    /// A field as a boolean (XEP-0004 §3.3: `0`, `1`, `false`, `true`).
    pub fn is_true(&self, var: &str) -> Option<bool> {
        match self.value(var)? {
            "1" | "true" => Some(true),
            "0" | "false" => Some(false),
            _ => None,
        }
    }

    /// `<x/>` as it stands in a stanza.
    pub fn element(&self) -> Element {
        let title = self.title.as_ref().map(|title| el("title", ns::FORM).text(title.as_str()));
        el("x", ns::FORM)
            .attr("type", &self.kind)
            .children(title)
            .children(self.fields.iter().map(Field::element))
            .build()
    }

    /// Reads the form among the children of an element.
    pub fn of(parent: &Element) -> Option<Self> {
        parent.get_child("x", ns::FORM).map(Self::from_element)
    }

    /// Reads `<x/>`.
    pub fn from_element(form: &Element) -> Self {
        let fields = form.children().filter(|child| child.is("field", ns::FORM));
        Self {
            kind: form.attr("type").unwrap_or_default().into(),
            title: form.get_child("title", ns::FORM).map(Element::text),
            fields: fields.map(Field::from_element).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_survive_the_wire() {
        let mut list = Field::asked("who", "list-single", "Who may enter?", Some("all".into()));
        list.options = vec![(Some("All".into()), "all".into()), (None, "some".into())];
        list.is_required = true;
        let form = Form::new("form", "http://jabber.org/protocol/muc#roomconfig")
            .with(list)
            .with(Field::asked("open", "boolean", "Open?", Some("1".into())));
        let read = Form::from_element(&form.element());
        assert_eq!(read, form);
        assert_eq!(read.form_type(), Some("http://jabber.org/protocol/muc#roomconfig"));
        assert_eq!(read.is_true("open"), Some(true));
        assert_eq!(read.is_true("who"), None);
        assert_eq!(read.values("nothing"), [""; 0]);
    }

    #[test]
    fn a_submission_hides_nothing() {
        let form = Form::new("submit", "urn:xmpp:mam:2").with(Field::new("with", "a@b"));
        let mut written = Vec::new();
        crate::xml::write_element(&form.element(), "", &mut written);
        assert_eq!(
            String::from_utf8(written).unwrap(),
            "<x xmlns=\"jabber:x:data\" type=\"submit\"><field var=\"FORM_TYPE\">\
             <value>urn:xmpp:mam:2</value></field><field var=\"with\"><value>a@b</value></field></x>"
        );
    }
}
