// Bodies of `/notifications/{id}`: how far the recipient has dealt with a message.

import Domain
import Wire

/// Bodies about notifications.
enum NotificationCoding {
    /// `PATCH /notifications/{id}`.
    static func update(_ document: JSONDocument, id: UniqueID) throws(Refusal) -> Command {
        var fields = try FieldReader(document, document.root)
        let state = try fields.choice("state", of: NotificationState.self).required("state")
        try fields.finish()
        return .updateNotification(UpdateNotification(id: id, state: state))
    }
}
