/** The Worker that wrangler.toml deploys, with the functions of the examples. */
import { exampleFunctions } from "../examples/functions.ts";
import { createStepflare, type Stepflare } from "./stepflare.ts";

const stepflare: Stepflare = createStepflare({ functions: exampleFunctions });

export const ExecutionObject: Stepflare["ExecutionObject"] = stepflare.ExecutionObject;
export type ExecutionObject = InstanceType<Stepflare["ExecutionObject"]>;

export const ActivityObject: Stepflare["ActivityObject"] = stepflare.ActivityObject;
export type ActivityObject = InstanceType<Stepflare["ActivityObject"]>;

export const MapRunObject: Stepflare["MapRunObject"] = stepflare.MapRunObject;
export type MapRunObject = InstanceType<Stepflare["MapRunObject"]>;

export const ScheduleObject: Stepflare["ScheduleObject"] = stepflare.ScheduleObject;
export type ScheduleObject = InstanceType<Stepflare["ScheduleObject"]>;

export const TableObject: Stepflare["TableObject"] = stepflare.TableObject;
export type TableObject = InstanceType<Stepflare["TableObject"]>;

export const BoundApi: Stepflare["BoundApi"] = stepflare.BoundApi;

const worker: Stepflare["worker"] = stepflare.worker;
export default worker;
