// Writes one object of each kind with every field set, as Go's own types encode it: KIND.pb (the
// enveloped protobuf) and KIND.json, into the folder above. Run: go run .
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"

	authn "k8s.io/api/authentication/v1"
	authz "k8s.io/api/authorization/v1"
	certs "k8s.io/api/certificates/v1"
	coord "k8s.io/api/coordination/v1"
	core "k8s.io/api/core/v1"
	disc "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Struct name to JSON names of members that proto/kubernetes leaves out.
var drop = map[string][]string{}

// fill sets every exported field of v to something that is not zero: strings to their name and a
// number, lists and maps to one element.
func fill(v reflect.Value, name string, n *int) {
	*n++
	switch x := v.Addr().Interface().(type) {
	case *metav1.Time:
		*x = metav1.NewTime(time.Unix(1700000000, 0).UTC())
		return
	case *metav1.MicroTime:
		*x = metav1.NewMicroTime(time.Unix(1700000000, 123456000).UTC())
		return
	case *resource.Quantity:
		*x = resource.MustParse("100m")
		return
	case *intstr.IntOrString:
		*x = intstr.FromString("http")
		return
	case *metav1.FieldsV1:
		*x = metav1.FieldsV1{Raw: []byte(`{"f:a":{}}`)}
		return
	case *metav1.TypeMeta:
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("%s-%d", name, *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint8:
		v.SetUint(7)
	case reflect.Ptr:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), name, n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), name, n)
	case reflect.Map:
		k := reflect.New(v.Type().Key()).Elem()
		fill(k, "key", n)
		e := reflect.New(v.Type().Elem()).Elem()
		fill(e, name, n)
		m := reflect.MakeMap(v.Type())
		m.SetMapIndex(k, e)
		v.Set(m)
	case reflect.Struct:
		t := v.Type()
		for i := 0; i < t.NumField(); i++ {
			f := t.Field(i)
			if f.PkgPath != "" {
				continue
			}
			tag := strings.Split(f.Tag.Get("json"), ",")[0]
			skip := false
			for _, d := range drop[t.Name()] {
				skip = skip || d == tag
			}
			if !skip {
				fill(v.Field(i), tag, n)
			}
		}
	default:
		panic(v.Kind().String())
	}
}

func main() {
	leftOut, err := os.ReadFile("left_out.txt")
	if err != nil {
		panic(err)
	}
	for _, line := range strings.Fields(string(leftOut)) {
		if p := strings.SplitN(line, ":", 2); len(p) == 2 {
			drop[p[0]] = strings.Split(p[1], ",")
		}
	}
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{core.AddToScheme, coord.AddToScheme, authn.AddToScheme, authz.AddToScheme, certs.AddToScheme, disc.AddToScheme} {
		if err := add(s); err != nil {
			panic(err)
		}
	}
	metav1.AddToGroupVersion(s, core.SchemeGroupVersion)
	enc := protobuf.NewSerializer(s, s)
	objs := []runtime.Object{&core.Pod{}, &core.Node{}, &core.Event{}, &core.ConfigMap{}, &core.Secret{}, &core.Service{}, &core.ServiceAccount{}, &core.Namespace{}, &core.PersistentVolumeClaim{}, &core.PersistentVolume{}, &coord.Lease{}, &authn.TokenRequest{}, &authn.TokenReview{}, &authz.SubjectAccessReview{}, &certs.CertificateSigningRequest{}, &disc.EndpointSlice{}, &metav1.Status{}, &metav1.DeleteOptions{}}
	for _, o := range objs {
		n := 0
		fill(reflect.ValueOf(o).Elem(), "x", &n)
		kinds, _, err := s.ObjectKinds(o)
		if err != nil {
			panic(err)
		}
		gvk := kinds[0]
		if _, ok := o.(*metav1.Status); ok {
			gvk.Group, gvk.Version = "", "v1"
		}
		if _, ok := o.(*metav1.DeleteOptions); ok {
			gvk.Group, gvk.Version = "", "v1"
		}
		o.GetObjectKind().SetGroupVersionKind(gvk)
		b, err := runtime.Encode(enc, o)
		if err != nil {
			panic(err)
		}
		gvk.Group, gvk.Version, gvk.Kind = "", "", ""
		o.GetObjectKind().SetGroupVersionKind(gvk)
		j, err := json.Marshal(o)
		if err != nil {
			panic(err)
		}
		name := strings.ToLower(kinds[0].Kind)
		os.WriteFile("../"+name+".pb", b, 0o644)
		os.WriteFile("../"+name+".json", append(j, '\n'), 0o644)
		fmt.Println(name, len(b), len(j), kinds[0])
	}
}
