import { describe, expect, test } from "vitest";
import { ACCOUNT, Fixture, START } from "./fixture.ts";

const ARN = `${ACCOUNT}:activity:Work`;
const SECONDS = START / 1000;

describe("an activity", () => {
  test("is created once, described, and deleted as often as one likes", async () => {
    const api = new Fixture();
    expect((await api.call("CreateActivity", { name: "Work" })).body).toEqual({
      activityArn: ARN,
      creationDate: SECONDS,
    });
    api.at += 1000;
    expect((await api.call("CreateActivity", { name: "Work" })).body).toEqual({
      activityArn: ARN,
      creationDate: SECONDS,
    });
    expect((await api.call("DescribeActivity", { activityArn: ARN })).body).toEqual({
      activityArn: ARN,
      name: "Work",
      creationDate: SECONDS,
      encryptionConfiguration: { type: "AWS_OWNED_KEY" },
    });
    expect(await api.call("DeleteActivity", { activityArn: ARN })).toMatchObject({ status: 200, body: {} });
    expect(await api.call("DeleteActivity", { activityArn: ARN })).toMatchObject({ status: 200, body: {} });
    expect((await api.call("DescribeActivity", { activityArn: ARN })).body).toEqual({
      __type: "ActivityDoesNotExist",
      message: `Activity Does Not Exist: '${ARN}'`,
    });
  });

  test("is listed by name, in pages", async () => {
    const api = new Fixture();
    for (const name of ["b", "a", "c"]) await api.call("CreateActivity", { name });
    const { body } = await api.call("ListActivities", { maxResults: 2 });
    expect(body.activities?.map((x) => x.name)).toEqual(["a", "b"]);
    expect((await api.call("ListActivities", { nextToken: body.nextToken })).body).toEqual({
      activities: [{ activityArn: `${ACCOUNT}:activity:c`, name: "c", creationDate: SECONDS }],
    });
  });

  test("cannot have any name or any ARN", async () => {
    const api = new Fixture();
    expect((await api.call("CreateActivity", { name: "\u0000activity" })).body.message).toBe(
      "Invalid Name: '\u0000activity'",
    );
    expect((await api.call("DescribeActivity", { activityArn: "no_an_activity_arn" })).body).toEqual({
      __type: "InvalidArn",
      message: "Invalid Arn: 'Invalid ARN prefix: no_an_activity_arn'",
    });
  });
});

describe("tags", () => {
  test("are added, replaced and taken away by key", async () => {
    const api = new Fixture();
    await api.call("CreateActivity", { name: "Work", tags: [{ key: "b", value: "1" }] });
    const tags = [
      { key: "a", value: "" },
      { key: "b", value: "2" },
      { key: "c", value: "é'\"\\" },
      { key: "c", value: "last" },
    ];
    expect((await api.call("TagResource", { resourceArn: ARN, tags })).body).toEqual({});
    expect((await api.call("UntagResource", { resourceArn: ARN, tagKeys: ["a", "not there"] })).body).toEqual({});
    expect((await api.call("UntagResource", { resourceArn: ARN, tagKeys: [] })).body).toEqual({});
    expect((await api.call("ListTagsForResource", { resourceArn: ARN })).body).toEqual({
      tags: [
        { key: "b", value: "2" },
        { key: "c", value: "last" },
      ],
    });
  });

  test("are fifty at most, old and new together", async () => {
    const api = new Fixture();
    const tagsOf = (from: number, to: number): object[] =>
      Array.from({ length: to - from }, (_, i) => ({ key: `k${from + i}`, value: "" }));
    await api.call("CreateActivity", { name: "Work", tags: tagsOf(0, 40) });
    expect((await api.call("TagResource", { resourceArn: ARN, tags: tagsOf(30, 50) })).status).toBe(200);
    expect((await api.call("TagResource", { resourceArn: ARN, tags: tagsOf(50, 51) })).body).toMatchObject({
      __type: "TooManyTags",
      resourceName: ARN,
    });
    const tooMany = { name: "Other", tags: tagsOf(0, 51) };
    expect((await api.call("CreateActivity", tooMany)).body.__type).toBe("TooManyTags");
  });

  test("belong to something that exists and can be tagged", async () => {
    const api = new Fixture();
    expect((await api.call("ListTagsForResource", { resourceArn: ARN })).body).toEqual({
      __type: "ResourceNotFound",
      message: "Request references a resource that does not exist.",
      resourceName: ARN,
    });
    const execution = `${ACCOUNT}:execution:a:b`;
    expect((await api.call("ListTagsForResource", { resourceArn: execution })).body.__type).toBe("InvalidArn");
  });
});
