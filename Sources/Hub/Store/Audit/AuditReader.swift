// Reads the sealed part of the trail ahead of who compares it. Readers take turns at the pages,
// each on a thread and a connection of its own, and hash the rows: so Postgres, the readers and who
// follows the chain from page to page all work at once.

import Domain
import Reactor
import Synchronization

/// What is read of some numbers that lie side by side.
struct AuditPage: Sendable {
    /// The tiles of level 0, and what was the end of the chain at their end.
    let tiles: [UInt64: (hashes: [TreeHash], chain: TreeHash?)]
    /// The rows, in order.
    let rows: [AuditLeaf]
}

/// Which pages a reader reads: each one of so many that take turns.
struct AuditPages: Sendable {
    /// How many rows are sealed.
    let size: UInt64
    /// The first page, by its index.
    let first: Int
    /// How many readers take turns.
    let readerCount: Int

    /// Where its pages begin, by the index of their first leaf.
    var starts: StrideTo<Int> {
        stride(
            from: first * AuditTrail.pageRows, to: Int(clamping: size),
            by: readerCount * AuditTrail.pageRows)
    }
}

/// Reads pages on a thread of its own, as many ahead as there is room for.
final class AuditReader: Sendable {
    private struct Shelf {
        var pages: [Result<AuditPage, PostgresError>] = []
        var isClosed = false
    }

    private let shelf = Mutex(Shelf())
    private let room = Semaphore(count: aheadMax)
    private let filled = Semaphore()
    private let thread = Mutex<Thread?>(nil)

    private static let aheadMax = 2

    /// Begins to read; `connect` is called on the reader's thread.
    init(
        _ pages: AuditPages, makeHasher: @escaping @Sendable () -> TreeHasher,
        connect: @escaping @Sendable () throws(PostgresError) -> AuditTrail
    ) throws(PostgresError) {
        do throws(Errno) {
            let started = try Thread(name: "audit-\(pages.first)") { [self] in
                read(pages, by: makeHasher(), connect)
            }
            thread.withLock { $0 = started }
        } catch {
            throw PostgresError(
                sqlState: "", message: "no thread to read on: \(error)", constraint: nil,
                isFatal: true)
        }
    }

    /// The next of its pages; waits until it is read.
    func next() throws(PostgresError) -> AuditPage {
        filled.wait()
        let page = shelf.withLock { $0.pages.removeFirst() }
        room.post()
        return try page.get()
    }

    /// Reads no more, and waits for the end of what is on its way.
    func close() {
        shelf.withLock { $0.isClosed = true }
        room.post()
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    private func read(
        _ pages: AuditPages, by hasher: TreeHasher,
        _ connect: () throws(PostgresError) -> AuditTrail
    ) {
        do throws(PostgresError) {
            let trail = try connect()
            for start in pages.starts {
                room.wait()
                guard !shelf.withLock({ $0.isClosed }) else { return }
                put(.success(try trail.page(from: start, of: pages.size, by: hasher)))
            }
        } catch {
            put(.failure(error))
        }
    }

    private func put(_ page: Result<AuditPage, PostgresError>) {
        shelf.withLock { $0.pages.append(page) }
        filled.post()
    }
}

extension AuditTrail {
    /// How many tiles of level 0 a page of rows covers.
    private static let pageTiles = pageRows / AuditTiles.width

    /// The rows and tiles of a page that begins with a leaf.
    fileprivate func page(
        from start: Int, of size: UInt64, by hasher: TreeHasher
    ) throws(PostgresError) -> AuditPage {
        let tiles = try leafTiles(
            from: UInt64(start / AuditTiles.width), limit: AuditTrail.pageTiles)
        let last = min(Int(clamping: size), start + AuditTrail.pageRows)
        // More rows than numbers are there only when the key is gone.
        let rows = try rows(
            from: Int64(start) + 1, through: Int64(last), limit: 2 * AuditTrail.pageRows)
        return AuditPage(tiles: tiles, rows: rows.map { AuditLeaf($0, by: hasher) })
    }
}
