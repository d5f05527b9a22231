// Bodies about users and their sessions. A password goes no further than to its hash.

import Domain
import Wire

/// Bodies of `/auth` and `/admin/users`.
enum UserCoding {
    /// Bytes of a password that is compared; what is longer is nobody's.
    private static let passwordBytesMax = 1_024

    /// `POST /auth/login`: a name and a password, and whether the tokens go into cookies.
    static func credentials(
        _ document: JSONDocument
    ) throws(Refusal) -> (name: String, password: String, usesCookies: Bool) {
        var fields = try FieldReader(document, document.root)
        let name = try UserRules.name(try fields.text("name").required("name"))
        let password = try fields.text("password").required("password")
        let usesCookies = try fields.flag("cookies") ?? false
        try fields.finish()
        guard password.utf8.count <= passwordBytesMax else {
            throw .invalidField("password", "must have at most \(passwordBytesMax) bytes")
        }
        return (name, password, usesCookies)
    }

    /// `POST /auth/refresh` without a cookie.
    static func refreshToken(_ body: [UInt8]) throws(Refusal) -> String {
        let document = try CommandCoding.parse(body)
        var fields = try FieldReader(document, document.root)
        let text = try fields.text("refresh_token").required("refresh_token")
        try fields.finish()
        return text
    }

    /// `POST /admin/users`, and the password that is to be hashed.
    static func create(
        _ document: JSONDocument, ids: inout FreshIDs
    ) throws(Refusal) -> (command: Command, password: String) {
        var fields = try FieldReader(document, document.root)
        let name = try UserRules.name(try fields.text("name").required("name"))
        let password = try UserRules.password(
            try fields.text("password").required("password"))
        let roles = try UserRules.roles(try fields.texts("roles").required("roles"))
        let teams = try UserRules.teams(try fields.texts("teams") ?? [])
        try fields.finish()
        return (
            .createUser(CreateUser(id: ids.next(), name: name, roles: roles, teams: teams)),
            password
        )
    }

    /// `PATCH /admin/users/{id}` (RFC 7396), and a password if it is set anew.
    static func update(
        _ document: JSONDocument, id: UniqueID, ifMatch: [Int]?
    ) throws(Refusal) -> (command: Command, password: String?) {
        var fields = try FieldReader(document, document.root)
        var command = UpdateUser(id: id)
        command.ifMatch = ifMatch
        if fields.has("roles") {
            command.roles = try UserRules.roles(try fields.texts("roles").notCleared("roles"))
        }
        if fields.has("teams") {
            command.teams = try UserRules.teams(try fields.texts("teams") ?? [])
        }
        if fields.has("active") {
            command.isActive = try fields.flag("active").notCleared("active")
        }
        var password: String?
        if fields.has("password") {
            password = try UserRules.password(
                try fields.text("password").notCleared("password"))
        }
        try fields.finish()
        return (.updateUser(command), password)
    }
}
