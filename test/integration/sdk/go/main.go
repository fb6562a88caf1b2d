// Drives the official Go SDK against the endpoint in SDK_ENDPOINT (a URL), with replies in SDK_FORMAT (JSON or XML); see
// ../README.md. Argument: group.json.
package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"time"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/eci"
)

const region = "cn-hangzhou"

var (
	format     = os.Getenv("SDK_FORMAT")
	mine       = "go-" + format
	cloud      = client("test-secret")
	ids        []string
	definition struct {
		Request map[string]any
		View    map[string]any
	}
)

func client(secret string) *eci.Client {
	made, err := eci.NewClientWithAccessKey(region, "test-key", secret)
	if err != nil {
		panic(err)
	}
	return made
}

// Where and how `request` goes.
func aim[R requests.AcsRequest](request R) R {
	scheme, domain, _ := strings.Cut(os.Getenv("SDK_ENDPOINT"), "://")
	request.SetScheme(scheme)
	request.SetDomain(domain)
	reflect.ValueOf(request).Elem().FieldByName("AcceptFormat").SetString(format)
	return request
}

// What of `expected` is not in `actual`; a text that starts with ~ is a regular expression.
func differences(expected, actual any, at string) []string {
	var found []string
	switch expected := expected.(type) {
	case map[string]any:
		members, _ := actual.(map[string]any)
		for key, value := range expected {
			found = append(found, differences(value, members[key], at+"."+key)...)
		}
		return found
	case []any:
		items, _ := actual.([]any)
		if len(items) != len(expected) {
			return []string{fmt.Sprintf("%s: %v instead of %d items", at, actual, len(expected))}
		}
		for i := range expected {
			found = append(found, differences(expected[i], items[i], fmt.Sprintf("%s[%d]", at, i))...)
		}
		return found
	case string:
		if pattern, ok := strings.CutPrefix(expected, "~"); ok {
			if text, _ := actual.(string); regexp.MustCompile(pattern).MatchString(text) {
				return nil
			}
		}
	}
	if reflect.DeepEqual(expected, actual) {
		return nil
	}
	return []string{fmt.Sprintf("%s: %#v instead of %#v", at, actual, expected)}
}

func check(expected, actual any, at string) error {
	found := differences(plain(expected), plain(actual), at)
	if len(found) == 0 {
		return nil
	}
	sort.Strings(found)
	return errors.New(strings.Join(found, "; "))
}

// The value as JSON has it.
func plain(value any) (result any) {
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &result)
	}
	if err != nil {
		panic(err)
	}
	return result
}

// The SDK's requests hold every number and boolean as text.
func texts(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key := range value {
			value[key] = texts(value[key])
		}
		return value
	case []any:
		for i := range value {
			value[i] = texts(value[i])
		}
		return value
	}
	return fmt.Sprint(value)
}

// nil when `err` is the cloud's error of this code. The SDK takes errors in XML as a text.
func refused(code, message string, err error) error {
	var server *sdkerrors.ServerError
	if !errors.As(err, &server) {
		return fmt.Errorf("%v instead of %s", err, code)
	}
	read := struct{ Code, Message, RequestId string }{server.ErrorCode(), server.Message(), server.RequestId()}
	if format == "XML" {
		if err := xml.Unmarshal([]byte(server.Message()), &read); err != nil {
			return err
		}
	}
	return check([]any{code, "~" + message, "~^[0-9A-F-]{36}$", 400},
		[]any{read.Code, read.Message, read.RequestId, server.HttpStatus()}, "error")
}

func until(status string) error {
	limit := time.Now().Add(15 * time.Second)
	for {
		group, err := described()
		if err != nil || group.Status == status {
			return err
		}
		if time.Now().After(limit) {
			return fmt.Errorf("not within 15 s: %s, but %s", status, group.Status)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func createRequest(members map[string]any) (*eci.CreateContainerGroupRequest, error) {
	request := aim(eci.CreateCreateContainerGroupRequest())
	text, err := json.Marshal(texts(plain(members)))
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(request); err != nil {
		return nil, err
	}
	if request.Tag == nil {
		request.Tag = &[]eci.CreateContainerGroupTag{}
	}
	*request.Tag = append(*request.Tag, eci.CreateContainerGroupTag{Key: "sdk", Value: mine})
	return request, nil
}

func createGroup(members map[string]any) error {
	request, err := createRequest(members)
	if err != nil {
		return err
	}
	reply, err := cloud.CreateContainerGroup(request)
	if err != nil {
		return err
	}
	ids = append(ids, reply.ContainerGroupId)
	return check("~^eci-", reply.ContainerGroupId, "id")
}

func create() error { return createGroup(definition.Request) }

func described() (*eci.DescribeContainerGroupsContainerGroup0, error) {
	request := aim(eci.CreateDescribeContainerGroupsRequest())
	request.ContainerGroupIds = `["` + ids[0] + `"]`
	reply, err := cloud.DescribeContainerGroups(request)
	if err != nil {
		return nil, err
	}
	if len(reply.ContainerGroups) != 1 {
		return nil, fmt.Errorf("%d groups of this id", len(reply.ContainerGroups))
	}
	return &reply.ContainerGroups[0], nil
}

func readBack() error {
	if err := until("Running"); err != nil {
		return err
	}
	group, err := described()
	if err != nil {
		return err
	}
	view := definition.View
	view["Tags"] = append(view["Tags"].([]any), map[string]any{"Key": "sdk", "Value": mine})
	return check(view, group, "group")
}

// Not among the models of this SDK: its general request.
func readStatus() error {
	request := aim(requests.NewCommonRequest())
	request.Product, request.Version, request.ApiName = "Eci", "2018-08-08", "DescribeContainerGroupStatus"
	request.Method = requests.POST
	request.QueryParams["RegionId"] = region
	request.QueryParams["ContainerGroupIds"] = `["` + ids[0] + `"]`
	reply, err := cloud.ProcessCommonRequest(request)
	if err != nil {
		return err
	}
	var read struct {
		Data []struct{ ContainerGroupId, Status string }
	}
	if err := decode(reply.GetHttpContentBytes(), &read); err != nil {
		return err
	}
	return check([]any{map[string]any{"ContainerGroupId": ids[0], "Status": "Running"}}, read.Data, "data")
}

func decode(body []byte, into any) error {
	if format == "XML" {
		return xml.Unmarshal(body, into)
	}
	return json.Unmarshal(body, into)
}

// Sync and its answer are younger than this SDK.
func execute() error {
	request := aim(eci.CreateExecContainerCommandRequest())
	request.ContainerGroupId, request.ContainerName = ids[0], "main"
	request.Command = `["echo", "hi", "ü&<x>"]`
	request.QueryParams["Sync"] = "true"
	reply, err := cloud.ExecContainerCommand(request)
	if err != nil {
		return err
	}
	var read struct{ SyncResponse string }
	if err := decode(reply.GetHttpContentBytes(), &read); err != nil {
		return err
	}
	return check("hi ü&<x>\n", read.SyncResponse, "SyncResponse")
}

func readLog() error {
	request := aim(eci.CreateDescribeContainerLogRequest())
	request.ContainerGroupId, request.ContainerName = ids[0], "main"
	reply, err := cloud.DescribeContainerLog(request)
	if err != nil {
		return err
	}
	return check("main: hello from main\n", reply.ContainerName+": "+reply.Content, "log")
}

func list(next string) (*eci.DescribeContainerGroupsResponse, error) {
	request := aim(eci.CreateDescribeContainerGroupsRequest())
	request.Tag = &[]eci.DescribeContainerGroupsTag{{Key: "sdk", Value: mine}}
	request.Limit = "2"
	request.NextToken = next
	return cloud.DescribeContainerGroups(request)
}

func listPages() error {
	for _, name := range []string{"two", "three"} {
		container := map[string]any{"Name": "main", "Image": "registry.example/x:1"}
		if err := createGroup(map[string]any{"ContainerGroupName": name, "Container": []any{container}}); err != nil {
			return err
		}
	}
	first, err := list("")
	if err != nil {
		return err
	}
	second, err := list(first.NextToken)
	if err != nil {
		return err
	}
	sizes := []int{len(first.ContainerGroups), len(second.ContainerGroups), first.TotalCount}
	if err := check([]int{2, 1, 3}, sizes, "page sizes, total"); err != nil {
		return err
	}
	var found []string
	for _, group := range append(first.ContainerGroups, second.ContainerGroups...) {
		found = append(found, group.ContainerGroupId)
	}
	sort.Strings(found)
	expected := append([]string{}, ids...)
	sort.Strings(expected)
	return check(expected, found, "ids")
}

func dryRun() error {
	request, err := createRequest(definition.Request)
	if err != nil {
		return err
	}
	request.QueryParams["DryRun"] = "true"
	_, err = cloud.CreateContainerGroup(request)
	if err := refused("DryRunOperation", "DryRun", err); err != nil {
		return err
	}
	page, err := list("")
	if err != nil {
		return err
	}
	return check(3, page.TotalCount, "groups")
}

func wrongKey() error {
	_, err := client("wrong").DescribeRegions(aim(eci.CreateDescribeRegionsRequest()))
	return refused("SignatureDoesNotMatch", "Specified signature is not matched", err)
}

func deleteGroups() error {
	for _, id := range ids {
		request := aim(eci.CreateDeleteContainerGroupRequest())
		request.ContainerGroupId = id
		if _, err := cloud.DeleteContainerGroup(request); err != nil {
			return err
		}
	}
	// What was deleted stays listed for an hour, as ended.
	if err := until("Failed"); err != nil {
		return err
	}
	group, err := described()
	if err != nil {
		return err
	}
	ended := map[string]any{"CurrentState": map[string]any{"State": "Terminated"}}
	if err := check(map[string]any{"FailedTime": "~Z$", "Containers": []any{ended, ended}}, group, "group"); err != nil {
		return err
	}
	return refused("IncorrectStatus", "not running", execute())
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = json.Unmarshal(text, &definition)
	}
	if err != nil {
		panic(err)
	}
	failed := 0
	for _, step := range []struct {
		name string
		run  func() error
	}{
		{"create", create}, {"read back", readBack}, {"read status", readStatus}, {"execute", execute},
		{"read log", readLog}, {"list pages", listPages}, {"dry run", dryRun}, {"wrong key", wrongKey},
		{"delete", deleteGroups},
	} {
		if err := step.run(); err != nil {
			failed = 1
			fmt.Printf("FAILED  go %s: %s: %v\n", format, step.name, err)
		} else {
			fmt.Printf("ok      go %s: %s\n", format, step.name)
		}
	}
	os.Exit(failed)
}
