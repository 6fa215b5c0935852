/** The durable run that downloads one model. Stable: it is recorded in the database. */
export const pullJobName = 'models.pull';

/** Downloads wait in a queue of their own: they take hours of bandwidth and nothing else. */
export const pullQueue = { queue: 'model-pulls', perProcess: 2 };
