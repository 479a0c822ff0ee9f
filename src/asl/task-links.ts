/** The links that people answer a task with: members of `$$.Task` beside the Token. Ours: AWS has none of them. */

export const TASK_LINK_NAMES = ["CallbackUrl", "ApproveUrl", "RejectUrl"] as const;

export type TaskLinkName = (typeof TASK_LINK_NAMES)[number];
