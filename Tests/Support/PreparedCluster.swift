// A private cluster that was made once, by the program itself, and is copied for each test: making
// one takes seconds of disk time, copying it an instant.

import Foundation

/// The cluster that the tests of this process begin with.
enum PreparedCluster {
    private static let made = Result { try make() }

    /// Gives a data folder that does not exist yet a fresh cluster, with an empty log.
    static func copy(to data: String) throws {
        let original = try made.get().data
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        let (code, output) = try ChildProcess.run(
            ["cp", "--archive", original + "/postgres", data + "/postgres"])
        guard code == 0 else { throw ProcessFailure("cp: \(output)") }
    }

    /// A hub makes it, and stops.
    private static func make() throws -> HubFolder {
        let folder = try HubFolder()
        let hub = try HubProcess(folder, copiesCluster: false)
        hub.terminate()
        let code = try hub.waitForExit()
        guard code == 0 else { throw ProcessFailure("the hub ended with \(code): \(hub.log)") }
        return folder
    }
}
