// What a gateway is told when it starts; the same for all loops.

import Domain
import Wire

/// The settings of the gateway.
package struct GatewaySettings: Sendable {
    package var host = "127.0.0.1"
    package var port: UInt16 = 8005
    package var loopCount = 1
    package var limits = Limits()
    /// The secret that tokens are signed with.
    package var secret: [UInt8]
    /// The keys of others whose tokens are taken.
    package var tokenKeys: [TokenKey] = []
    package var issuer: String?
    package var audience: String?
    /// Origins whose pages may call the API with credentials.
    package var corsOrigins: [String] = []
    /// Whether `/echo` is open.
    package var opensEcho = false
    /// Whether messages to subscribers are compressed where they ask for it.
    package var compresses = true
    package var version = "0"
    /// What is needed of the audit trail; without it nothing of it is shown.
    package var audit: AuditAccess?
    /// The dashboard's files, read at the start.
    package var files: StaticFiles

    package init(secret: [UInt8], files: StaticFiles) {
        self.secret = secret
        self.files = files
    }
}
