// `hub token`: prints a bearer token for the configuration that `hub serve` would use.

import ArgumentParser
import Domain
import Gateway
import Reactor

/// Makes a token.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Print a bearer token for this hub.")

    @Option(help: "Who it is for: the token's `sub`.")
    var subject: String

    @Option(
        help: """
            A role; several as a,b: admin, sales, logistics, agent, compliance, viewer, service.
            """)
    var role: String

    @Option(help: "Its id, the token's `jti`, by which it alone can be revoked.")
    var id: String?

    @Option(help: "Seconds until it expires.")
    var ttl: Int = 3600

    @OptionGroup var data: DataOptions

    func validate() throws {
        guard TokenAuthority.isName(subject) else {
            throw ValidationError("--subject must have 1 to 256 bytes and no control character")
        }
        guard id.map({ TokenAuthority.isName($0) }) ?? true else {
            throw ValidationError("--id must have 1 to 256 bytes and no control character")
        }
        guard (1...315_360_000).contains(ttl) else {
            throw ValidationError("--ttl must be 1 to 315360000 seconds")
        }
        for name in role.split(separator: ",", omittingEmptySubsequences: false)
        where Role(rawValue: String(name)) == nil {
            throw ValidationError("--role: there is no role \(name)")
        }
    }

    func run() throws {
        do {
            let configuration = try Configuration.read(data.flags)
            let secret = try TokenSecret.find(
                configuration, connection: configuration.databaseURL)
            var authority = TokenAuthority(
                secret: secret, issuer: configuration.jwtIssuer,
                audience: configuration.jwtAudience)
            let roles = role.split(separator: ",").compactMap { Role(rawValue: String($0)) }
            print(
                authority.issue(
                    Principal(subject: subject, roles: RoleSet(roles)), id: id,
                    atMilliseconds: Clock.realtimeMilliseconds() / 1000 * 1000,
                    lifetimeSeconds: Int64(ttl)))
        } catch let failure as Failure {
            failure.exit()
        }
    }
}
