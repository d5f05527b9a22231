// The model of this instance: the newest saved one, and every event since folded in, in the order
// of the log. It is kept whether or not the scorer runs here.

import Domain
import EventLog

/// The model while it is folded.
struct Folding {
    /// How far a turn came.
    enum Progress: Equatable {
        /// All that the log has is folded in.
        case caughtUp
        /// There is more, for the next turn.
        case more
        /// A page of the log is needed.
        case needsPage(Int)
        /// The saved model was not read yet.
        case notLoaded
    }

    private(set) var state: ModelState
    private(set) var isLoaded = false
    private(set) var isCaughtUp = false
    /// The version and the folds at the last save.
    private var savedVersion: UInt64 = 0
    private var foldsSinceSave = 0
    /// Whether something was learned or remembered since it was put up.
    private var isNewer = false
    private var publishedMilliseconds = Int64.min / 2

    init(exploration: Exploration = .standard) {
        state = ModelState(exploration: exploration)
    }

    /// Starts from a saved model; from nothing when there is none.
    ///
    /// Returns whether it could be read.
    mutating func load(_ bytes: [UInt8]?) -> Bool {
        guard !isLoaded else { return true }
        isLoaded = true
        guard let bytes else { return true }
        guard let saved = ModelState(serialized: bytes) else { return false }
        state = saved
        savedVersion = saved.version
        isNewer = true
        return true
    }

    /// Folds in what the log has beyond the model, at most so many events that matter.
    mutating func advance(
        _ log: inout EventLog, window: inout InputWindow, foldsMax: Int
    ) -> Progress {
        guard isLoaded else { return .notLoaded }
        isCaughtUp = false
        var folds = 0
        var position = state.position
        defer { state.advance(to: position) }
        while position < log.head {
            guard let segment = log.segment(holding: position + 1) else {
                return .needsPage(EventLog.page(holding: position + 1))
            }
            var index = Int(position + 1 - segment.first)
            while index < segment.count, position < log.head {
                guard folds < foldsMax else { return .more }
                position = segment.first + UInt64(index)
                if fold(position, index, of: segment, window: &window) { folds += 1 }
                index += 1
            }
        }
        isCaughtUp = true
        return .caughtUp
    }

    private mutating func fold(
        _ position: UInt64, _ index: Int, of segment: Segment, window: inout InputWindow
    ) -> Bool {
        let name = segment.name(at: index)
        guard
            ModelFold.takes(
                name,
                isUnified: EventReading.isUnified(
                    name: name, subject: segment.subject(at: index)))
        else { return false }
        ModelFold.fold(window.input(at: position, in: segment), into: &state)
        isNewer = true
        foldsSinceSave += 1
        return true
    }

    /// The model to put up, if there is a newer one; at most every so often unless it is `urgent`.
    mutating func publication(
        now: Int64, everyMilliseconds: Int64, urgent: Bool
    ) -> ModelSnapshot? {
        guard isNewer, urgent || now - publishedMilliseconds >= everyMilliseconds else {
            return nil
        }
        isNewer = false
        publishedMilliseconds = now
        return ModelSnapshot(state)
    }

    /// When the model is to be put up that is not up yet; nil when it is.
    func publicationDue(everyMilliseconds: Int64) -> Int64? {
        isNewer ? publishedMilliseconds + everyMilliseconds : nil
    }

    /// What to save, if it is time.
    mutating func save(everyVersions: UInt64, everyFolds: Int) -> SaveModel? {
        guard isCaughtUp,
            state.version >= savedVersion + everyVersions || foldsSinceSave >= everyFolds
        else { return nil }
        savedVersion = state.version
        foldsSinceSave = 0
        return SaveModel(
            position: state.position, version: state.version, bytes: state.serialized())
    }
}
