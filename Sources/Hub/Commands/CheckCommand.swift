// `hub check`: whether this configuration would run, without running it.

import ArgumentParser
import Domain
import Gateway

/// Checks settings, files and the database, and prints the permission table.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check settings and database; print who may do what.")

    @OptionGroup var data: DataOptions
    @OptionGroup var server: ServerOptions

    @Flag(help: "Check the settings and files alone, not the database.")
    var offline = false

    func run() throws {
        do {
            let flags = data.flags.merging(server.flags) { $1 }
            let configuration = try Configuration.read(flags)
            _ = try configuration.address()
            _ = try TokenKeyFile.read(configuration)
            let files = try Dashboard.load(configuration.webDirectory)
            print("settings: good; dashboard: \(files.files.count) files")
            if !offline {
                let log = try JSONLog(level: .error)
                defer { log.close() }
                let database = try Database(configuration, log: log)
                defer { database.close() }
                let versions = try Database.migrate(database.connection)
                print("database: good; schema \(versions.to)")
            }
            printPermissions()
        } catch let failure as Failure {
            failure.exit()
        }
    }

    private func printPermissions() {
        for permission in Permission.allCases {
            let roles = permission.roles.roles.map(\.rawValue).joined(separator: " ")
            print("\(permission.rawValue): \(roles)")
        }
    }
}
