// The domain's table of visible fields, as the log applies it to texts.

package import Domain
package import EventLog

extension Masks {
    /// What `Visibility` hides.
    package static let standard = Masks(
        Visibility.allCases.filter { $0 != .full }.map { visibility in
            var hidden: [String: [String]] = [:]
            for kind in EntityKind.allCases {
                let fields = visibility.hiddenFields(of: kind)
                let entity = LoggedEvent.entity(ofSubject: kind.rawValue)
                if !fields.isEmpty { hidden[entity] = fields }
            }
            return hidden
        })
}

extension VisibilityClass {
    /// The class of those who have these roles.
    package init(of roles: RoleSet) {
        self.init(rawValue: Visibility(of: roles).rawValue)
    }
}
