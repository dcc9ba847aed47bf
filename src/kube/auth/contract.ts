/** Who asks. `extra` is what TokenReviews and impersonation carry. */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What a request is about, read from its method and path alone (upstream's RequestInfo). */
export interface RequestInfo {
  /** False: `/version`, `/healthz`, discovery: rights for these are nonResourceURLs. */
  readonly isResourceRequest: boolean;
  readonly path: string;
  /** get, list, watch, create, update, patch, delete, deletecollection, proxy; for non-resource requests the method in lower case. */
  readonly verb: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Path segments after the resource's name and subresource: what proxy forwards to. */
  readonly rest: readonly string[];
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** The question that authorizers answer. */
export interface AuthorizationAttributes extends RequestInfo {
  readonly user: UserInfo;
}

/** `noOpinion` lets the next authorizer speak; when none allows, the answer is no. */
export interface AuthorizationDecision {
  readonly decision: 'allow' | 'deny' | 'noOpinion';
  /** For the audit log and the message of the 403. */
  readonly reason: string;
}

/** One authorizer, or a chain of them. Synchronous where it can be: this is on the path of every request. */
export interface Authorizer {
  authorize(attributes: AuthorizationAttributes): AuthorizationDecision | Promise<AuthorizationDecision>;
  /** What `auth can-i --list` shows (SubjectRulesReviewStatus without its wrapping). */
  rulesFor?(user: UserInfo, namespace: string): Promise<SubjectRules>;
}

/** `status` of a SelfSubjectRulesReview. */
export interface SubjectRules {
  readonly resourceRules: readonly {
    verbs: string[];
    apiGroups?: string[];
    resources?: string[];
    resourceNames?: string[];
  }[];
  readonly nonResourceRules: readonly { verbs: string[]; nonResourceURLs?: string[] }[];
  readonly incomplete: boolean;
  readonly evaluationError?: string;
}

/** What an authenticator may look at. */
export interface Credentials {
  /** Lower-case header names; values as node:http gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /**
   * Names and values in turn, as they came (node:http's rawHeaders): `headers` joins lines of one name with commas, and who splits at
   * commas makes two groups of one group with a comma in its name. Undefined: each header has the one value that `headers` says.
   */
  readonly rawHeaders?: readonly string[];
  /** The peer's certificate chain, verified against the client CA; undefined without one. */
  readonly certificate?: {
    readonly subject: { readonly CN?: string | readonly string[]; readonly O?: string | readonly string[] };
    readonly fingerprint256: string;
    /** End of its life: connections may outlive it. Undefined: whoever took the connection looks after that. */
    readonly notAfterMs?: number;
    /** `fingerprint256` of the CA that issued it: servers trust several, for different ends. Undefined, not known: for none. */
    readonly caFingerprint256?: string;
  };
  readonly remoteAddress: string;
}

/** Who a request comes from, and for whom the token was made. */
export interface Authentication {
  readonly user: UserInfo;
  /** Who it really is, where the request wants to be somebody else. */
  readonly impersonator?: UserInfo;
  readonly audiences?: readonly string[];
}

/** One way to prove who one is. Undefined: these credentials are not of my kind. Throws StatusError 401 for bad ones. */
export interface Authenticator {
  authenticate(credentials: Credentials): Authentication | undefined | Promise<Authentication | undefined>;
}
