// Sessions on the way of a request. A command that needs a password's hash waits for it first: the
// loop looks up who signs in, a worker computes, and the loop submits the command then.
//
//   login ─▶ count ─▶ look up ─▶ compare ─▶ OpenSession ─▶ tokens
//                     (store)    (worker)   (committer)    (loop)
//
// An unknown name is compared with a decoy, so that its answer takes as long.

import Domain
import Reactor
import Store
import Wire

/// What a request waits for before its command can be submitted.
enum Preparation {
    /// Somebody signs in, and is looked up.
    case lookUp(SignIn)
    /// Their password is compared; nil: nobody has the name, or may sign in.
    case compare(SignIn, User?)
    /// A new password is hashed.
    case hash(Command, CommandContext)
}

/// An attempt to sign in.
struct SignIn {
    let name: ExactText
    let password: String
    let client: RateClient
    let address: String
    let agent: String?
    let trace: TraceContext
}

/// What a worker found.
enum PasswordResult: Sendable {
    case matches(Bool)
    case hash(String)
}

extension GatewayLoop {
    /// Whether a request says itself who asks, by a body or a refresh token.
    func isEntrance(_ admitted: AdmittedRequest) -> Bool {
        switch admitted.route {
        case .login, .refreshSession: true
        // Who signs out may have no access token that is good any more.
        case .endOwnSession: cookies(of: admitted.request).refresh(admitted.request) != nil
        default: false
        }
    }

    /// `POST /auth/login` and `POST /auth/refresh`, and the sign-out of a browser.
    func enter(_ slot: Int, _ admitted: AdmittedRequest) throws(Refusal) {
        try ParameterReader(admitted.parameters).finish()
        try CommandHeaders.checkMediaType(admitted.request.contentType, route: admitted.route)
        try CommandHeaders.checkContentEncoding(admitted.request.contentEncoding)
        if admitted.route == .refreshSession {
            try refresh(slot, admitted)
            return
        }
        if admitted.route == .endOwnSession {
            try leave(slot, admitted)
            return
        }
        let document = try CommandCoding.parse(admitted.request.body)
        let (name, password, usesCookies) = try UserCoding.credentials(document)
        // Nobody is signed in to somebody else's account by a page of elsewhere.
        if usesCookies { try refuseForeign(admitted.request) }
        let address = admitted.request.source.address
        let signIn = SignIn(
            name: ExactText(name), password: password, client: RateClient(address: address),
            address: "\(address)", agent: admitted.request.userAgent, trace: admitted.trace)
        if let seconds = shared.signIns?.attempt(
            signIn.name, from: signIn.client, atMilliseconds: nowMilliseconds)
        {
            throw .rateLimited(policy: "sign-in", retryAfterSeconds: seconds)
        }
        let ticket = park(slot, admitted, usesCookies: usesCookies)
        preparations[ticket] = .lookUp(signIn)
        outgoingReads.append(
            ReadRequest(
                ticket: ticket, query: .signIn(name: name, address: signIn.address),
                receivedMilliseconds: nowMilliseconds))
    }

    /// What is asked of sessions and users with a token.
    func session(
        _ slot: Int, _ admitted: AdmittedRequest, _ token: VerifiedToken
    ) throws(Refusal) {
        try ParameterReader(admitted.parameters).finish()
        let context = sessionContext(token.principal, admitted.trace)
        switch admitted.route {
        case .readIdentity:
            respond(
                slot, admitted.request, admitted.route, admitted.trace, admitted.rate,
                RenderedAnswer(status: 200, body: IdentityJSON.text(token)))
        case .endOwnSession:
            guard let id = token.credential.sessionID.flatMap({ UniqueID($0.text) }) else {
                throw .notFound("session of this token")
            }
            let command = EndSession(id: id, owner: token.principal.subject)
            submit(.endSession(command), context, for: park(slot, admitted))
        case .endSession:
            let owner =
                Permission.manageUsers.isGranted(to: token.principal.roles)
                ? nil : token.principal.subject
            let id = try QueryIdentifier.read(admitted, "sessions/")
            submit(
                .endSession(EndSession(id: id, owner: owner)), context, for: park(slot, admitted))
        case .createUser, .updateUser: try writeUser(slot, admitted, context)
        default: preconditionFailure("\(admitted.route) is not about sessions")
        }
    }

    private func writeUser(
        _ slot: Int, _ admitted: AdmittedRequest, _ context: CommandContext
    ) throws(Refusal) {
        try CommandHeaders.checkMediaType(admitted.request.contentType, route: admitted.route)
        try CommandHeaders.checkContentEncoding(admitted.request.contentEncoding)
        let document = try CommandCoding.parse(admitted.request.body)
        let command: Command
        let password: String?
        if admitted.route == .createUser {
            (command, password) = try UserCoding.create(document, ids: &ids)
        } else {
            (command, password) = try UserCoding.update(
                document, id: try QueryIdentifier.read(admitted, "users/"),
                ifMatch: try CommandHeaders.versions(ifMatch: admitted.request.ifMatch))
        }
        let ticket = park(slot, admitted)
        guard let password else {
            submit(command, context, for: ticket)
            return
        }
        preparations[ticket] = .hash(command, context)
        let cost = shared.passwords.cost
        work(for: ticket) {
            .hash(PasswordHash.make(password, salt: PasswordHash.salt(), cost: cost))
        }
    }

    private func refresh(_ slot: Int, _ admitted: AdmittedRequest) throws(Refusal) {
        let cookie =
            admitted.request.body.isEmpty
            ? cookies(of: admitted.request).refresh(admitted.request) : nil
        if cookie != nil { try refuseForeign(admitted.request) }
        let text =
            if let cookie { cookie } else { try UserCoding.refreshToken(admitted.request.body) }
        guard let token = refreshTokens.read(text) else {
            throw .unauthenticated(reason: .signature)
        }
        let command = RefreshSession(
            userID: token.userID, sessionID: token.sessionID, generation: token.generation,
            rules: settings.sessions)
        let principal = Principal(subject: token.userName, roles: [])
        submit(
            .refreshSession(command), sessionContext(principal, admitted.trace),
            for: park(slot, admitted, usesCookies: cookie != nil))
    }

    /// Ends the session of a browser's refresh token, and takes its cookies away in any case.
    private func leave(_ slot: Int, _ admitted: AdmittedRequest) throws(Refusal) {
        try refuseForeign(admitted.request)
        let cookie = cookies(of: admitted.request).refresh(admitted.request)
        guard let token = cookie.flatMap({ refreshTokens.read($0) }) else {
            var answer = RenderedAnswer(status: 204)
            answer.cookies = cookies(of: admitted.request).cleared
            respond(
                slot, admitted.request, admitted.route, admitted.trace, admitted.rate, answer)
            return
        }
        let principal = Principal(subject: token.userName, roles: [])
        submit(
            .endSession(EndSession(id: token.sessionID, owner: token.userName)),
            sessionContext(principal, admitted.trace),
            for: park(slot, admitted, usesCookies: true))
    }

    /// What the store found for somebody who signs in.
    func lookedUp(_ ticket: Ticket, _ signIn: SignIn, _ outcome: ReadOutcome) {
        switch outcome {
        case .signIn(let found, let knowsAddress):
            if !knowsAddress,
                let seconds = shared.signIns?.attemptFromNewAddress(
                    signIn.name, atMilliseconds: nowMilliseconds)
            {
                refuse(
                    ticket, signIn, found,
                    .rateLimited(policy: "sign-in", retryAfterSeconds: seconds))
                return
            }
            let user = found.flatMap { $0.isActive ? $0 : nil }
            preparations[ticket] = .compare(signIn, user)
            let hash = user?.passwordHash ?? shared.passwords.decoy
            let password = signIn.password
            work(for: ticket) { .matches(PasswordHash.matches(password, hash)) }
        case .unavailable(let seconds):
            refuse(ticket, signIn, nil, .unavailable(retryAfterSeconds: seconds))
        default: preconditionFailure("a sign-in reads a user")
        }
    }

    /// A worker is done.
    func worked(_ ticket: Ticket, _ result: PasswordResult) {
        switch (preparations.removeValue(forKey: ticket), result) {
        case (.compare(let signIn, let user?), .matches(true)):
            shared.signIns?.succeeded(signIn.name, from: signIn.client)
            let command = OpenSession(
                id: ids.next(), userID: user.id, passwordHash: user.passwordHash,
                address: signIn.address, agent: signIn.agent, rules: settings.sessions)
            submit(
                .openSession(command), sessionContext(user.principal, signIn.trace), for: ticket)
        case (.compare(let signIn, let user), .matches):
            refuse(ticket, signIn, user, .unauthenticated(reason: .credentials))
        case (.hash(.createUser(var command), let context), .hash(let hash)):
            command.passwordHash = hash
            submit(.createUser(command), context, for: ticket)
        case (.hash(.updateUser(var command), let context), .hash(let hash)):
            command.passwordHash = hash
            submit(.updateUser(command), context, for: ticket)
        default: preconditionFailure("a worker answers what was asked")
        }
    }

    /// Puts the tokens of a session into its answer, or into cookies; the end of one takes these
    /// away.
    func giveTokens(
        _ answer: inout RenderedAnswer, in exchanges: [Exchange], _ sequence: UInt32
    ) {
        let exchange = exchanges.first { $0.sequence == sequence && $0.usesCookies }
        let cookies = exchange.map { settings.cookies(isSecure: $0.isSecure) }
        guard let grant = answer.grant else {
            if let cookies { answer.cookies = cookies.cleared }
            return
        }
        let lifetime = settings.accessLifetimeSeconds
        let access = authority.issue(
            grant.user.principal, session: grant.session.id,
            atMilliseconds: grant.time.milliseconds, lifetimeSeconds: lifetime)
        let refresh = refreshTokens.text(grant.session)
        let tokens = cookies == nil ? (access: access, refresh: refresh) : nil
        answer.body = GrantJSON.text(grant, tokens, lifetimeSeconds: lifetime)
        guard let cookies else { return }
        answer.cookies = cookies.lines(
            access: access, ageSeconds: lifetime, refresh: refresh,
            refreshAgeSeconds: grant.session.expiresAt.seconds - nowSeconds)
    }

    private func park(
        _ slot: Int, _ admitted: AdmittedRequest, usesCookies: Bool
    ) -> Ticket {
        let ticket = park(slot, admitted)
        let last = connections[slot].exchanges.count - 1
        connections[slot].exchanges[last].usesCookies = usesCookies
        return ticket
    }

    private func sessionContext(_ principal: Principal, _ trace: TraceContext) -> CommandContext {
        // An answer with tokens in it is kept under no key.
        CommandContext(
            principal: principal, trace: trace, auditID: ids.next(), idempotency: nil)
    }

    private func submit(_ command: Command, _ context: CommandContext, for ticket: Ticket) {
        outgoingCommands.append(
            CommandRequest(
                ticket: ticket, command: command, context: context,
                receivedMilliseconds: nowMilliseconds))
    }

    /// Lets a worker compute; a full queue refuses the request.
    private func work(for ticket: Ticket, _ compute: @escaping @Sendable () -> PasswordResult) {
        let mailbox = control
        let isTaken = shared.passwords.pool.submit {
            mailbox.post(.worked(ticket, compute()))
        }
        guard !isTaken else { return }
        preparations[ticket] = nil
        answer(ticket, .unavailable(retryAfterSeconds: 1))
    }

    /// Refuses an attempt, and leaves a line in the audit trail, which names nobody who isn't a
    /// user: some type their password where their name belongs.
    private func refuse(_ ticket: Ticket, _ signIn: SignIn, _ user: User?, _ refusal: Refusal) {
        preparations[ticket] = nil
        let layer: Layer? =
            switch refusal {
            case .unauthenticated: .authentication
            case .rateLimited: .rateLimit
            default: nil
            }
        if let layer {
            denials.add(
                userID: user?.name ?? "address:" + signIn.address, action: Route.login.name,
                resource: user.map { User.subject($0.id) } ?? "users", layer: layer,
                reason: refusal.code, traceID: signIn.trace.traceID)
            counters.denied(layer)
        }
        answer(ticket, refusal)
    }

    private func answer(_ ticket: Ticket, _ refusal: Refusal) {
        guard let slot = connections.slot(ConnectionToken(rawValue: ticket.connection)),
            let exchange = connections[slot].exchanges.first(where: {
                $0.sequence == ticket.sequence
            })
        else { return }
        let traceID = TraceContext(traceparent: exchange.traceparent).traceID
        complete(slot, ticket.sequence, RenderedAnswer(refusal, traceID: traceID))
    }
}
