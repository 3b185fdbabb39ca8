//! The code of a module -> what it imports from its own crate.

use std::collections::BTreeSet;

use syn::{
    ItemMod, ItemUse, Macro, Path, UseTree, Visibility,
    visit::{self, Visit},
};

/// The imports of a module from its own crate, as pairs of the name in the module and the path from the root.
pub(super) fn imports(module: &str, code: &str) -> BTreeSet<(String, String)> {
    let file = syn::parse_file(code).unwrap_or_else(|error| panic!("{module}: {error}"));
    let module = if module == "lib" { Vec::new() } else { module.split("::").map(str::to_owned).collect() };
    let mut imports = Imports { module, found: BTreeSet::new() };
    imports.visit_file(&file);
    imports.found
}

struct Imports {
    module: Vec<String>,
    found: BTreeSet<(String, String)>,
}

impl Imports {
    fn add(&mut self, path: &[String], name: &str) {
        // In the root, a path may begin with a module. In other modules, such a path leads to a submodule.
        if !["crate", "self", "super"].contains(&&*path[0]) && !self.module.is_empty() {
            return;
        }
        let mut absolute = if path[0] == "crate" { Vec::new() } else { self.module.clone() };
        for name in path {
            match &**name {
                "crate" | "self" => {}
                "super" => drop(absolute.pop()),
                name => absolute.push(name.to_owned()),
            }
        }
        self.found.insert((name.to_owned(), absolute.join("::")));
    }

    fn add_tree(&mut self, path: &[String], tree: &UseTree) {
        let with = |name: &syn::Ident| [path, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(tree) => self.add_tree(&with(&tree.ident), &tree.tree),
            UseTree::Name(tree) => self.add(&with(&tree.ident), &tree.ident.to_string()),
            UseTree::Rename(tree) => self.add(&with(&tree.ident), &tree.rename.to_string()),
            UseTree::Glob(_) => self.add(path, "*"),
            UseTree::Group(tree) => tree.items.iter().for_each(|tree| self.add_tree(path, tree)),
        }
    }
}

impl Visit<'_> for Imports {
    fn visit_item_use(&mut self, item: &ItemUse) {
        self.add_tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &Path) {
        let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>();
        if names.len() > 1 {
            self.add(&names, "");
        }
        visit::visit_path(self, path);
    }

    /// The body of a macro call has no syntax tree, so paths are searched in its tokens. Macros are always at the root.
    fn visit_macro(&mut self, item: &Macro) {
        let code = item.tokens.to_string().replace(" :: ", "::").replace(" !", "!");
        let words = code.split(|char: char| !char.is_alphanumeric() && !"_:!".contains(char));
        for path in words.filter(|word| word.contains("::") && !word.ends_with('!')) {
            self.add(&path.split("::").map(str::to_owned).collect::<Vec<_>>(), "");
        }
    }

    fn visit_item_mod(&mut self, item: &ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| {
            attribute
                .meta
                .require_list()
                .is_ok_and(|list| list.path.is_ident("cfg") && list.tokens.to_string() == "test")
        });
        if !is_test {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    /// `pub(in crate::service)` imports nothing.
    fn visit_visibility(&mut self, _: &Visibility) {}
}
