// Where libFuzzer comes in: it calls this with bytes that it thought up, and what FUZZ_TARGET names
// reads them. Compiled for `make fuzz` alone, as the name would be taken for any program's own.

#if FUZZING
    import Glibc

    private let target: FuzzTarget = {
        let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            fatalError("FUZZ_TARGET is none of \(FuzzTarget.allCases.map(\.rawValue))")
        }
        return target
    }()

    /// One input; ends the program when the parser does wrong, so that the input is kept.
    @c(LLVMFuzzerTestOneInput)
    public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        let bytes = Array(UnsafeBufferPointer(start: data, count: count))
        if let fault = target.fault(bytes) { fatalError("\(target.rawValue): \(fault)") }
        return 0
    }
#endif
