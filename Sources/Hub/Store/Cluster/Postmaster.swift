// A running server, by the file that it keeps in its data folder. A process id alone proves
// nothing: it may have gone to another process. A postmaster stays in its data folder, so that
// tells.

import Glibc

/// The process of a server.
struct Postmaster: Equatable {
    let processID: pid_t
    /// Whether it is a child of this process, which has to collect it.
    let isChild: Bool

    /// The server that runs on a data folder, if one does.
    static func running(on dataFolder: String) -> Postmaster? {
        guard let postmaster = noted(on: dataFolder), postmaster.isAlive(on: dataFolder) else {
            return nil
        }
        return postmaster
    }

    /// Removes the file of a dead server whose process id went to another process: a new server
    /// would take that one for it.
    ///
    /// What else a dead server left, a new one judges best itself.
    static func removeMisleadingFile(on dataFolder: String) {
        guard let noted = noted(on: dataFolder), kill(noted.processID, 0) == 0,
            let folder = Folder.link("/proc/\(noted.processID)/cwd"), folder != dataFolder
        else { return }
        Folder.remove(file(in: dataFolder))
    }

    private static func noted(on dataFolder: String) -> Postmaster? {
        guard let text = Folder.text(file(in: dataFolder)),
            let line = text.split(separator: "\n", omittingEmptySubsequences: false).first,
            let number = pid_t(line.trimmingSpaces()), number > 1
        else { return nil }
        return Postmaster(processID: number, isChild: false)
    }

    private static func file(in dataFolder: String) -> String { dataFolder + "/postmaster.pid" }

    /// Whether it lives, and still is this folder's server.
    func isAlive(on dataFolder: String) -> Bool {
        if isChild, case .ended = ChildProcess.state(processID) { return false }
        guard kill(processID, 0) == 0 || errno == EPERM else { return false }
        if isChild { return true }
        return Folder.link("/proc/\(processID)/cwd") == dataFolder
    }

    /// Asks it to stop: connections are ended, what was committed is kept.
    func stopFast() {
        _ = kill(processID, SIGINT)
    }

    /// Tells it to end at once; the next start recovers.
    func stopImmediately() {
        _ = kill(processID, SIGQUIT)
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        var text = self
        while text.last == " " || text.last == "\r" { text.removeLast() }
        return text
    }
}
