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

    /// A line for each permission and a column for each role: how much of it they reach.
    private func printPermissions() {
        let names = Permission.allCases.map(\.rawValue)
        let width = (names.map(\.count).max() ?? 0) + 2
        print(line("", Role.allCases.map(\.rawValue), width))
        for permission in Permission.allCases {
            let cells = Role.allCases.map { permission.reach(of: RoleSet([$0])) }
            print(line(permission.rawValue, cells.map { $0 == .not ? "-" : $0.rawValue }, width))
        }
    }

    private func line(_ name: String, _ cells: [String], _ width: Int) -> String {
        let columns = zip(cells, Role.allCases.map { $0.rawValue.count + 2 })
        let padded = columns.map { cell, width in
            cell + String(repeating: " ", count: max(0, width - cell.count))
        }
        let start = name + String(repeating: " ", count: width - name.count)
        return String((start + padded.joined()).reversed().drop { $0 == " " }.reversed())
    }
}
