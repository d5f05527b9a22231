// Where the newest model hangs: the processors' thread puts it up, the loops decide by it.

package import Domain
import Synchronization

/// The newest version of what was learned, for any thread.
package final class ModelBoard: Sendable {
    private let newest: Mutex<ModelSnapshot>

    /// A board with a model that has learned nothing, unless it is given another.
    package init(
        _ model: ModelSnapshot = ModelSnapshot(ModelState(exploration: .standard))
    ) {
        newest = Mutex(model)
    }

    /// The newest version.
    ///
    /// It never changes; the next one is another.
    package var current: ModelSnapshot { newest.withLock { $0 } }

    /// Puts up the next version.
    package func publish(_ model: ModelSnapshot) {
        newest.withLock { $0 = model }
    }
}
