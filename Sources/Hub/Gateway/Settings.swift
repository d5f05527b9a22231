// What a gateway is told when it starts; the same for all loops.

package import Domain
package import TLS
package import Wire

/// Where TLS is spoken, and by which certificate.
package struct TLSSettings: Sendable {
    package var host: String
    package var port: UInt16
    package var certificate: TLSCertificate

    package init(host: String, port: UInt16, certificate: TLSCertificate) {
        self.host = host
        self.port = port
        self.certificate = certificate
    }
}

/// The settings of the gateway.
package struct GatewaySettings: Sendable {
    package var host = "127.0.0.1"
    /// Where HTTP is spoken plainly; nil: nowhere.
    package var port: UInt16? = 8005
    /// Where it is spoken with TLS; nil: nowhere.
    package var tls: TLSSettings?
    /// For how long browsers are told to come by TLS alone; 0: they are not.
    package var strictTransportSeconds = 0
    package var loopCount = 1
    package var limits = Limits()
    /// The secret that tokens of `hub token` are signed with.
    package var secret: [UInt8]
    /// The keys of others whose tokens are taken.
    package var tokenKeys: [TokenKey] = []
    /// The hub's own keys and those of trusted issuers, as they are from moment to moment.
    package var keyBoard = TokenKeyBoard()
    package var issuer: String?
    package var audience: String?
    /// How long sessions live, and the access tokens that are issued in them.
    package var sessions = SessionRules()
    package var accessLifetimeSeconds: Int64 = 900
    /// What a password's hash costs, as a power of two.
    package var passwordCost = 15
    /// Attempts to sign in with a name from one address; nil: any number.
    package var signInLimit: RateLimit? = RateLimit(quota: 5, windowSeconds: 900)
    /// Where browsers reach the hub, if it is told.
    package var publicOrigin: WebOrigin?
    /// Pages that may call the API with credentials.
    var origins: PageOrigins { PageOrigins(own: publicOrigin, allowed: corsOrigins) }
    /// Proxies whose word on whom requests come from is taken.
    package var trustedProxies = TrustedProxies()
    /// Whether every connection begins with a PROXY header.
    package var expectsProxyHeader = false
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
